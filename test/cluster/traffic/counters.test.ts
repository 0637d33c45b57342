import { expect, it } from 'vitest';
import { Counters } from './counters.ts';
import { text } from './labels.ts';

it('says nothing before the first request', () => {
  expect(new Counters().expose({ histograms: true })).toBe('');
});

it('writes counters and cumulative buckets in the exposition format', () => {
  const counters = new Counters();
  for (const ms of [3, 30, 7_000_000]) counters.record('k', () => text({ code: 'a"b\\c\nd' }), ms);
  const lines = counters.expose({ histograms: true, more: 'pod="p",' }).split('\n');
  const labels = String.raw`pod="p",code="a\"b\\c\nd"`;
  expect(lines[1]).toBe(`istio_requests_total{${labels}} 3`);
  expect(lines).toContain(`istio_request_duration_milliseconds_bucket{${labels},le="1"} 0`);
  expect(lines).toContain(`istio_request_duration_milliseconds_bucket{${labels},le="50"} 2`);
  expect(lines).toContain(`istio_request_duration_milliseconds_bucket{${labels},le="3600000"} 2`);
  expect(lines).toContain(`istio_request_duration_milliseconds_bucket{${labels},le="+Inf"} 3`);
  expect(lines).toContain(`istio_request_duration_milliseconds_count{${labels}} 3`);
});
