import { describe, expect, it } from 'vitest';
import { addressText, parsePrometheusUrl, prometheusNamespace } from '../../src/config/prometheus-url.ts';
import { problemsOf, valueOf } from './text.ts';

describe("Prometheus' address", () => {
  it.each([
    ['https://prometheus.example.com', 'https://prometheus.example.com'],
    ['http://127.0.0.1:9090/', 'http://127.0.0.1:9090'],
    ['https://mimir.example.com/prometheus//', 'https://mimir.example.com/prometheus'],
    ['kubernetes://monitoring/prometheus-server:80', 'kubernetes://monitoring/prometheus-server:80'],
    ['kubernetes://monitoring/prometheus:http-web/a/b/', 'kubernetes://monitoring/prometheus:http-web/a/b'],
  ])('%s', (text, expected) => {
    const address = valueOf(parsePrometheusUrl(text));
    expect(addressText(address)).toBe(expected);
    expect(valueOf(parsePrometheusUrl(expected))).toEqual(address);
  });

  it.each([
    ['prometheus.example.com', 'write it as https://', 'no scheme'],
    ['ftp://hunter2.example.com', 'write it as https://', 'another scheme'],
    ['https://me:hunter2@prometheus', 'credentials in it', 'they would be printed with it'],
    ['https://prometheus/?key=hunter2', 'query or a fragment', 'parameters have their own input'],
    ['https://prometheus/api/v1/query', 'leave /api/v1 away', 'added by every query'],
    ['kubernetes://monitoring/prometheus', 'kubernetes://namespace/service:port', 'no port'],
    ['kubernetes://monitoring/prometheus:70000', 'does not exist', 'ports end at 65535'],
    ['kubernetes://monitoring/prometheus:80/../../secrets', 'is not an address', 'no way out of the service'],
    ['kubernetes://m/p:80/x?hunter2', 'is not an address', 'a query'],
  ])('%s is refused without repeating it: %s (%s)', (text, problem) => {
    expect(problemsOf(parsePrometheusUrl(text))).toContain(problem);
    expect(problemsOf(parsePrometheusUrl(text))).not.toContain('hunter2');
  });

  it.each([
    ['kubernetes://monitoring/prometheus-server:80', 'monitoring'],
    ['http://prometheus.monitoring:9090', 'monitoring'],
    ['http://prometheus.monitoring.svc:9090/prefix', 'monitoring'],
    ['https://prometheus.monitoring.svc.cluster.local', 'monitoring'],
    ['http://prometheus', undefined],
    ['http://10.96.0.12:9090', undefined],
    ['http://[::1]:9090', undefined],
    ['https://prometheus.monitoring.example.com', undefined],
  ])('%s names the namespace %s', (text, namespace) => {
    expect(prometheusNamespace(valueOf(parsePrometheusUrl(text)))).toBe(namespace);
  });
});
