import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Part } from './bench.settings';
import type { Machine } from './machine';
import type { Measurement } from './measure';

interface Row {
  readonly part: Part;
  readonly what: string;
  readonly measurement: Measurement;
}

interface Difference {
  readonly part: Part;
  readonly what: string;
  readonly p50_ms: number;
  readonly mean_ms: number;
  /** CPU time of the gateway itself. */
  readonly cpu_ms: number | null;
}

/** Gathers figures, says on stderr how far the bench is, prints the table on stdout. */
export class Report {
  private readonly rows: Row[] = [];
  private readonly differences: Difference[] = [];

  constructor(private readonly machine: Machine) {}

  progress(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  measured(part: Part, what: string, measurement: Measurement): void {
    this.rows.push({ part, what, measurement });
    const { clients, p50, perSecond } = measurement;
    this.progress(
      `  ${what}, ${clients} client${clients === 1 ? '' : 's'}: p50 ${milliseconds(p50)} ms, ${perSecond.toFixed(1)} per second`,
    );
  }

  derived(part: Part, what: string, figures: Pick<Difference, 'p50_ms' | 'mean_ms' | 'cpu_ms'>): void {
    this.differences.push({ part, what, ...figures });
  }

  table(): string {
    const { commit, node, cpu, cores, memory_gib, load_average, docker } = this.machine;
    const header = `${commit}, node ${node}, ${cores} × ${cpu}, ${memory_gib} GiB, Docker ${docker ?? 'none'}, load ${load_average}`;
    const titles = ['part', 'what', 'clients', 'count', 'p50 ms', 'p95 ms', 'per second'];
    const cells = this.rows.map(({ part, what, measurement: { clients, count, p50, p95, perSecond } }) => [
      part,
      what,
      String(clients),
      String(count),
      milliseconds(p50),
      milliseconds(p95),
      perSecond.toFixed(1),
    ]);
    const widths = titles.map((title, column) => Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)));
    const line = (row: readonly string[]) =>
      row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
    const added = this.differences.map(({ part, what, p50_ms, mean_ms, cpu_ms }) => {
      const cpu = cpu_ms === null ? '' : `; the gateway's CPU time: ${milliseconds(cpu_ms)} ms`;
      return `${part}: ${what}: ${milliseconds(p50_ms)} ms by p50, ${milliseconds(mean_ms)} ms by mean${cpu}`;
    });
    return [header, '', line(titles), ...cells.map(line), '', ...added, ''].join('\n');
  }

  write(path: string): void {
    const measurements = this.rows.map(({ part, what, measurement }) => ({
      part,
      what,
      clients: measurement.clients,
      count: measurement.count,
      seconds: measurement.seconds,
      p50_ms: measurement.p50,
      p95_ms: measurement.p95,
      mean_ms: measurement.mean,
      per_second: measurement.perSecond,
    }));
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ machine: this.machine, measurements, added_per_round: this.differences }, null, 2)}\n`);
  }
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}
