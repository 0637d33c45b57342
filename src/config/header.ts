// Which headers and form parameters go to Prometheus? Header values are secrets: no message repeats one.
import { bad, every, linesOf, ok, shown, type Parsed } from './parsed.ts';

/** Headers that belong to the request we make. */
const OURS = new Set(['host', 'content-type', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding']);

/** `Name: value` a line; every name once. */
export function parseHeaders(text: string): Parsed<Readonly<Record<string, string>>> {
  return once(
    linesOf(text).map((line, index) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/u.exec(line) ?? [];
      if (name === undefined || value === undefined) return bad(`line ${index + 1} is not \`Name: value\``);
      if (OURS.has(name.toLowerCase())) return bad(`the header ${name} belongs to the request and cannot be set`);
      if (!/^[\u0021-\u007E][\u0020-\u007E\t]*$/u.test(value)) {
        return bad(`the value of the header ${name} is empty or has characters that no header may have`);
      }
      return ok([name, value] as const);
    }),
  );
}

/** `name=value` a line; every name once. */
export function parseParams(text: string): Parsed<Readonly<Record<string, string>>> {
  return once(
    linesOf(text).map((line, index) => {
      const [, name, value] = /^([^=\s]+)=(.*)$/u.exec(line) ?? [];
      if (name === undefined || value === undefined) return bad(`line ${index + 1} is not \`name=value\``);
      if (['query', 'time', 'timeout'].includes(name)) return bad(`the parameter ${name} is set by every query`);
      return ok([name, value] as const);
    }),
  );
}

function once(pairs: readonly Parsed<readonly [string, string]>[]): Parsed<Readonly<Record<string, string>>> {
  const all = every(pairs);
  if (all.kind !== 'ok') return all;
  const names = all.value.map(([name]) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? ok(Object.fromEntries(all.value)) : bad(`${shown(twice)} is set twice`);
}
