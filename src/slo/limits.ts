// Which share of failed requests is allowed where?
import type { ErrorRateLimits } from '../config/config.ts';
import { matchesGlob } from '../config/glob.ts';

/** The limit (0–1) for a namespace, or for a gateway `namespace/name` by its namespace: the first exception that matches, else the general one. */
export function limitFor({ limit, exceptions }: ErrorRateLimits, subject: string): number {
  const namespace = subject.split('/')[0] ?? subject;
  return exceptions.find(({ pattern }) => matchesGlob(pattern, namespace))?.limit ?? limit;
}
