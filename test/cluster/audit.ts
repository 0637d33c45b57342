// What did somebody ask of the API server? Its own audit log, for one group of users, from the first request on.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With its subresource: `pods/proxy`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  /** HTTP status of the answer. */
  readonly status: number;
}

export interface Audit {
  readonly flags: readonly string[];
  /** Requests for objects, in the order in which they were answered; discovery and versions are none. */
  requests(): readonly AuditedRequest[];
}

interface Event {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** Flags of an API server that notes who of `group` asked for what, and how to read what it noted. */
export function auditOf(group: string, runDir: string, logDir: string): Audit {
  const policy = join(runDir, 'audit-policy.json'); // JSON is YAML
  const log = join(logDir, 'audit.log');
  writeFileSync(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived', 'ResponseStarted'],
      rules: [{ level: 'Metadata', userGroups: [group] }, { level: 'None' }],
    }),
  );
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    requests: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .flatMap((line): readonly AuditedRequest[] => {
          const { verb, user, objectRef, responseStatus }: Event = JSON.parse(line);
          if (objectRef === undefined) return [];
          const { resource, subresource, apiGroup = '', namespace, name } = objectRef;
          return [
            {
              user: user.username,
              verb,
              group: apiGroup,
              resource: subresource === undefined ? resource : `${resource}/${subresource}`,
              ...(namespace === undefined ? {} : { namespace }),
              ...(name === undefined ? {} : { name }),
              status: responseStatus?.code ?? 0,
            },
          ];
        }),
  };
}
