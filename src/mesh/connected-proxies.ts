// How many proxies are connected to one istiod replica? Read from its own metrics; each replica knows only its own.

/**
 * The sum of `pilot_xds` over all versions; 0 where it is absent, as it is while nothing is connected. Undefined where the text is not
 * an istiod's metrics, or holds a number that can't be read: unknown must never pass for nobody.
 */
export function connectedProxies(metricsText: string): number | undefined {
  if (!/^(?:pilot_info|istio_build)\{/m.test(metricsText)) return undefined;
  let sum = 0;
  for (const line of metricsText.split('\n')) {
    const sample = /^pilot_xds(?:\{.*\})?\s+(\S+)/.exec(line);
    if (sample === null) continue;
    const value = Number(sample[1]);
    if (!Number.isFinite(value)) return undefined;
    sum += value;
  }
  return sum;
}
