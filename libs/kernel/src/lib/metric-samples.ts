/** One line of Prometheus' text format. */
export interface MetricSample {
  readonly name: string;
  /** What stands between the braces; empty without. */
  readonly labels: string;
  readonly value: number;
}

/** The samples of metrics whose names begin so, in their order; lines that are none, and values that are no finite numbers, are left out. */
export function readMetricSamples(text: string, prefix: string): MetricSample[] {
  const samples: MetricSample[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(prefix)) continue;
    const [, name = '', labels = '', digits] = /^([a-z_:]+)(?:\{([^}]*)\})?\s+(\S+)/.exec(line) ?? [];
    const value = Number(digits);
    if (name !== '' && Number.isFinite(value)) samples.push({ name, labels, value });
  }
  return samples;
}
