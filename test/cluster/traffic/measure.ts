// What does the cluster's Prometheus say? One instant query, its vector as plain numbers; for tests of the cluster itself.

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export async function measure({ prometheusUrl }: { prometheusUrl: string }, query: string): Promise<Sample[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Prometheus refused ${query}: ${text}`);
  const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } = JSON.parse(text);
  return answer.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

/** The values by one label; series without it under the empty name. */
export async function measureBy(
  cluster: { prometheusUrl: string },
  label: string,
  query: string,
): Promise<Record<string, number>> {
  const samples = await measure(cluster, query);
  return Object.fromEntries(samples.map(({ metric, value }) => [metric[label] ?? '', value]));
}
