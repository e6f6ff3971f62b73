import { collectDefaultMetrics, Registry } from 'prom-client';

/** The Prometheus registry of the service. */
export const METRICS = Symbol('Metrics');

export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // Every 10 ms, which is the default, means a hundred wake-ups a second of a process that has nothing to do.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  return registry;
}
