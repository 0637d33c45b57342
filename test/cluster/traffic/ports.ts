// Where do the simulator's two sides listen?

/** On every pod's address: where Istio's injector sends Prometheus. */
export const SCRAPE_PORT = 15020;
/** On 127.0.0.1 only. */
export const CONTROL_PORT = 26451;
