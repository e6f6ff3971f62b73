import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Machine } from '../harness/machine';
import type { Part } from './bench.settings';
import type { Measurement } from './measure';

export interface Row {
  readonly part: Part;
  readonly what: string;
  /** Of the tool server and of the session, where they are not the defaults. */
  readonly settings: string;
  readonly measurement: Measurement;
}

/** A figure that follows from several rows. */
interface Finding {
  readonly part: Part;
  readonly text: string;
  readonly figures: Readonly<Record<string, number | null>>;
}

interface Column {
  readonly title: string;
  readonly isText?: boolean;
  readonly cell: (row: Row) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'part', isText: true, cell: ({ part }) => part },
  { title: 'what', isText: true, cell: ({ what }) => what },
  { title: 'settings', isText: true, cell: ({ settings }) => settings },
  { title: 'clients', cell: ({ measurement }) => String(measurement.clients) },
  { title: 'calls', cell: ({ measurement }) => String(measurement.count) },
  { title: 'p50 ms', cell: ({ measurement }) => milliseconds(measurement.p50) },
  { title: 'p95 ms', cell: ({ measurement }) => milliseconds(measurement.p95) },
  { title: 'p99 ms', cell: ({ measurement }) => milliseconds(measurement.p99) },
  { title: 'per second', cell: ({ measurement }) => measurement.perSecond.toFixed(1) },
  { title: 'wrong', cell: ({ measurement }) => String(measurement.failures) },
  { title: 'CPU server', cell: ({ measurement }) => cpu(measurement.cpu?.server) },
  { title: 'engine', cell: ({ measurement }) => cpu(measurement.cpu?.engine) },
  { title: 'python', cell: ({ measurement }) => cpu(measurement.cpu?.python) },
  { title: 'clients', cell: ({ measurement }) => cpu(measurement.cpu?.clients) },
];

/** Gathers figures, says on stderr how far the bench is, prints the table on stdout. */
export class Report {
  private readonly rows: Row[] = [];
  private readonly findings: Finding[] = [];
  private readonly skipped: string[] = [];

  constructor(private readonly machine: Machine) {}

  /** Calls that were not answered as they should have been. */
  get failures(): number {
    return this.rows.reduce((sum, { measurement }) => sum + measurement.failures, 0);
  }

  progress(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  measured(part: Part, what: string, measurement: Measurement, settings = 'defaults'): void {
    this.rows.push({ part, what, settings, measurement });
    const { clients, p50, perSecond, failures, firstFailures } = measurement;
    const wrong = failures === 0 ? '' : `, ${failures} WRONG: ${firstFailures.join(' | ')}`;
    this.progress(`  ${what}, ${settings}, ${countOf(clients)}: p50 ${milliseconds(p50)} ms, ${perSecond.toFixed(1)} per second${wrong}`);
  }

  /** The row that a finding is made from, whatever its settings where none are named; undefined where it was not measured. */
  row(part: Part, what: string, clients: number, settings?: string): Row | undefined {
    return this.rows.find(
      (row) =>
        row.part === part &&
        row.what === what &&
        row.measurement.clients === clients &&
        (settings === undefined || row.settings === settings),
    );
  }

  found(part: Part, text: string, figures: Finding['figures'] = {}): void {
    this.findings.push({ part, text, figures });
  }

  skip(part: Part, reason: string): void {
    this.skipped.push(`${part}: ${reason}`);
    this.progress(`  skipped: ${reason}`);
  }

  table(loadAverageAfter: number): string {
    const { commit, node, cpu: model, cores, memory_gib, load_average, docker } = this.machine;
    const header = [
      `${commit}, node ${node}, ${cores} × ${model}, ${memory_gib} GiB, Docker ${docker ?? 'none'}`,
      `load average ${load_average} before, ${loadAverageAfter} after; medians of rounds; CPU: milliseconds per call`,
    ];
    const used = COLUMNS.filter(({ title, cell }) => !/CPU|engine|python/.test(title) || this.rows.some((row) => cell(row) !== ''));
    const cells = this.rows.map((row) => used.map(({ cell }) => cell(row)));
    const widths = used.map(({ title }, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
    const line = (texts: readonly string[]) =>
      texts
        .map((text, column) => (used[column]?.isText ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd();
    return [
      ...header,
      '',
      line(used.map(({ title }) => title)),
      ...cells.map(line),
      '',
      ...this.findings.map(({ part, text }) => `${part}: ${text}`),
      ...this.skipped.map((text) => `skipped: ${text}`),
      '',
    ].join('\n');
  }

  write(path: string, loadAverageAfter: number): void {
    const measurements = this.rows.map(({ part, what, settings, measurement: { clients, count, seconds, rounds, ...found } }) => ({
      part,
      what,
      settings,
      clients,
      count,
      seconds,
      rounds,
      p50_ms: found.p50,
      p95_ms: found.p95,
      p99_ms: found.p99,
      mean_ms: found.mean,
      per_second: found.perSecond,
      wrong: found.failures,
      first_wrong: found.firstFailures,
      cpu_ms_per_call: found.cpu,
      parts_ms: found.parts,
    }));
    const { machine, findings, skipped } = this;
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ machine, load_average_after: loadAverageAfter, measurements, findings, skipped }, null, 2)}\n`);
  }
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

export function countOf(clients: number): string {
  return `${clients} client${clients === 1 ? '' : 's'}`;
}

function cpu(value: number | null | undefined): string {
  return value == null ? '' : value.toFixed(2);
}
