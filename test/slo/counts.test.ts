import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRows } from '../../src/slo/counts.ts';

const row = (namespace: string, response_code: string, value: number, response_flags = '-') => ({
  labels: { destination_service_namespace: namespace, response_code, response_flags },
  value,
});

describe('rows', () => {
  it('are summed by subject, with failures and their causes', () => {
    const { bySubject } = countRows('client', [
      row('a', '200', 90),
      row('a', '503', 6, 'UH'),
      row('a', '500', 4),
      row('b', '200', 5),
    ]);
    expect(bySubject.get('a')).toMatchObject({ requests: 100, errors: 10, causes: { '503 UH': 6, '500': 4 } });
    expect(bySubject.get('b')).toMatchObject({ requests: 5, errors: 0 });
  });

  it('a missing numerator beside a denominator is zero errors', () => {
    expect(countRows('client', [row('a', '200', 7)]).bySubject.get('a')).toMatchObject({ requests: 7, errors: 0 });
  });

  it('that are no counts are left out and counted', () => {
    const rows = [row('a', '200', NaN), row('a', '500', Infinity), row('a', '200', -3), row('a', '200', 7)];
    const { bySubject, unusable } = countRows('client', rows);
    expect(bySubject.get('a')).toMatchObject({ requests: 7, errors: 0 });
    expect(unusable).toBe(3);
  });

  it('of zero still tell that someone reports, and name no cause', () => {
    const found = countRows('client', [row('a', '503', 0)]).bySubject.get('a');
    expect(found).toMatchObject({ requests: 0, errors: 0 });
    expect(found?.causes).toEqual({});
  });

  it('name a gateway by namespace and name', () => {
    const labels = { source_workload_namespace: 'edge', source_workload: 'ingress', response_code: '200' };
    expect([...countRows('gateway', [{ labels, value: 1 }]).bySubject.keys()]).toEqual(['edge/ingress']);
  });

  it('never count more errors than requests', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('200', '404', '500', '0'), fc.double(), fc.constantFrom('-', 'DC', 'NR'))),
        (rows) => {
          const { bySubject } = countRows(
            'client',
            rows.map(([code, value, flags]) => row('a', code, value, flags)),
          );
          const { errors, requests } = bySubject.get('a') ?? { errors: 0, requests: 0 };
          expect(errors).toBeLessThanOrEqual(requests);
        },
      ),
    ));
});

const ofA = (labels: Record<string, string>, value = 5) => ({
  labels: { destination_service_namespace: 'a', ...labels },
  value,
});
it('takes no request without a response code for a success, nor for a failure; a connection has none', () => {
  const counted = countRows('client', [ofA({ response_code: '200' }), ofA({}), ofA({ response_code: '' })]);
  expect(counted.bySubject.get('a')).toMatchObject({ requests: 5, errors: 0 });
  expect(counted.codeless).toEqual(new Map([['a', 10]]));
  expect(countRows('tcp', [ofA({})]).bySubject.get('a')).toMatchObject({ requests: 5 });
});
