// Which gateways belong to the upgrade?
import type { GatewayChoice } from './config.ts';
import { bad, eachLine, map, ok, shown, type Parsed } from './parsed.ts';

/** `auto`, `none`, or one `namespace/name` a line. */
export function parseGateways(text: string): Parsed<GatewayChoice> {
  const word = text.trim();
  if (word === 'auto' || word === 'none') return ok({ kind: word });
  return map(eachLine(text, parseGateway), (gateways) => ({ kind: 'listed', gateways }));
}

function parseGateway(line: string): Parsed<{ namespace: string; name: string }> {
  const match = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/u.exec(line);
  const [, namespace, name] = match ?? [];
  return namespace === undefined || name === undefined
    ? bad(`${shown(line)} is not a gateway; write \`namespace/name\`, or \`auto\` or \`none\` alone`)
    : ok({ namespace, name });
}
