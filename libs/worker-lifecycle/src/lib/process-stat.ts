/** One line of the kernel's process table. */
export interface ProcessStat {
  readonly pid: number;
  /** `Z`: ended, and nobody has asked for its status yet. */
  readonly state: string;
  readonly processGroup: number;
  /** Ticks from boot to its start: with the pid, what tells it from a later process of the same number. */
  readonly startTicks: string;
}

/** Reads `/proc/<pid>/stat`. The name in brackets may hold anything, brackets and blanks too, so the fields are counted from its end. */
export function parseProcessStat(text: string): ProcessStat | null {
  const pid = /^(\d+) \(/.exec(text)?.[1];
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const [state, , processGroup] = fields;
  const startTicks = fields[19];
  if (pid === undefined || state === undefined || processGroup === undefined || startTicks === undefined) return null;
  return { pid: Number(pid), state, processGroup: Number(processGroup), startTicks };
}
