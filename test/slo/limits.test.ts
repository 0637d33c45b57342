import { describe, expect, it } from 'vitest';
import { limitFor } from '../../src/slo/limits.ts';

const limits = {
  limit: 0.01,
  exceptions: [
    { pattern: 'legacy-*', limit: 0.05 },
    { pattern: 'legacy-shop', limit: 0.5 },
    { pattern: 'edge', limit: 0.02 },
  ],
};

describe('the limit', () => {
  it.each([
    ['payments', 0.01, 'the general one where no exception matches'],
    ['legacy-web', 0.05, 'that of the exception'],
    ['legacy-shop', 0.05, 'that of the first exception, where several match'],
    ['edge/ingress', 0.02, "a gateway's by its namespace"],
    ['payments/edge', 0.01, "a gateway's not by its name"],
  ])('of %s is %d: %s', (subject, limit) => {
    expect(limitFor(limits, subject)).toBe(limit);
  });
});
