import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second here, whatever the kernel's own tick is. */
const MS_PER_TICK = 10;

/** Numbers of the processes of this machine that this process may see; none where there is no /proc. */
export function processIds(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch (_noProcFilesystem) {
    return [];
  }
}

/** The processes whose program has one of these names. */
export function processesNamed(...names: readonly string[]): number[] {
  // The kernel keeps fifteen characters of a name.
  return processIds().filter((pid) => names.some((name) => textOf(pid, 'comm')?.trim() === name.slice(0, 15)));
}

export function commandLineOf(pid: number): string {
  return textOf(pid, 'cmdline')?.replaceAll('\0', ' ').trim() ?? '';
}

/** The processes that were started with this variable in their environment. */
export function processesWith(name: string, value: string): number[] {
  return processIds().filter((pid) => textOf(pid, 'environ')?.split('\0').includes(`${name}=${value}`));
}

/** CPU time used so far, in milliseconds, rounded to ten; null when the process is gone. */
export function cpuMsOf(pid: number): number | null {
  return statOf(pid)?.cpuMs ?? null;
}

/** The same of all living processes of a group; null when there is none. */
export function cpuMsOfGroup(group: number): number | null {
  const members = processIds().flatMap((pid) => statOf(pid) ?? []);
  const own = members.filter((stat) => stat.group === group);
  return own.length === 0 ? null : own.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Memory that is in RAM and that no other process shares with it, in bytes; null when the process is gone or not ours to ask. */
export function privateBytesOf(pid: number): number | null {
  const text = textOf(pid, 'smaps_rollup');
  if (text === null) return null;
  return sumOf(text, /^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm) * 1024;
}

/** Memory that is in RAM, in bytes. */
export function residentBytesOf(pid: number): number | null {
  const text = textOf(pid, 'status');
  return text === null ? null : sumOf(text, /^VmRSS:\s+(\d+) kB$/gm) * 1024;
}

/** Open files, sockets and pipes of a process; null when it is gone or not ours to ask. */
export function descriptorsOf(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (_gone) {
    return null;
  }
}

/** The control groups that a process is in, by the name of the controller (cgroup v2: an empty name). */
export function controlGroupsOf(pid: number): ReadonlyMap<string, string> {
  const lines = (textOf(pid, 'cgroup') ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers === undefined || path === undefined ? [] : controllers.split(',').map((controller) => [controller, path] as const);
    }),
  );
}

function statOf(pid: number): { readonly group: number; readonly cpuMs: number } | null {
  const fields = textOf(pid, 'stat')
    ?.replace(/^[^]*\) /, '')
    .split(' ');
  return fields === undefined ? null : { group: Number(fields[2]), cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
}

function textOf(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (_gone) {
    return null;
  }
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
}
