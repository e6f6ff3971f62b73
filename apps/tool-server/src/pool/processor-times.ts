import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Of all processors together, since the machine started; only differences mean something. */
export interface ProcessorTimes {
  readonly idle: number;
  readonly total: number;
}

/** On Linux one line of a file: `cpus()` opens several for each processor, which is slow where there are a hundred. */
export function processorTimes(): ProcessorTimes {
  if (process.platform === 'linux') return parseProcessorTimes(readFileSync('/proc/stat', 'latin1'));
  const times = cpus().map((processor) => processor.times);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return { idle: sum(times.map(({ idle }) => idle)), total: sum(times.flatMap((each) => Object.values(each))) };
}

/** The first line of `/proc/stat`: `cpu user nice system idle iowait irq softirq steal …`; what follows is part of `user` already. */
export function parseProcessorTimes(stat: string): ProcessorTimes {
  const fields = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: (fields[3] ?? 0) + (fields[4] ?? 0), total: fields.reduce((total, value) => total + value, 0) };
}
