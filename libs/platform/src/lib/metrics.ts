import { collectDefaultMetrics, Registry } from 'prom-client';

/** The Prometheus registry of the service. */
export const METRICS = Symbol('Metrics');

export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
