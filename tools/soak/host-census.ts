import { readdirSync, readFileSync } from 'node:fs';
import { descriptorsOf, processesNamed, processIds, residentBytesOf } from '../harness/processes';
import type { RunningToolServer } from '../harness/running-tool-server';
import { shimsOf } from '../harness/sandbox-containers';

const MIB = 2 ** 20;

/** What there is on this machine that sessions could leave behind. Null: can't be told here. */
export interface HostCensus {
  readonly available_mib: number | null;
  readonly processes: number;
  readonly mounts: number | null;
  readonly dev_shm_files: number | null;
  /** One for each container that runs, whoever made it. */
  readonly shims: number;
  /** Of them, those of containers that are not this tool server's. */
  readonly foreign_shims: number;
  readonly engine_descriptors: number | null;
  readonly engine_mib: number | null;
  /** Of the tool server; null while none runs. */
  readonly server: { readonly containers: number; readonly descriptors: number | null; readonly resident_mib: number | null } | null;
}

export async function takeCensus(server: RunningToolServer | null): Promise<HostCensus> {
  const engine = processesNamed('dockerd', 'containerd');
  const containers = (await server?.containers()) ?? [];
  const shims = processesNamed('containerd-shim-runc-v2', 'containerd-shim-runsc-v1', 'containerd-shim').length;
  return {
    available_mib: match('/proc/meminfo', /^MemAvailable:\s+(\d+) kB$/m, 1 / 1024),
    processes: processIds().length,
    mounts: linesOf('/proc/self/mountinfo'),
    dev_shm_files: entriesOf('/dev/shm'),
    shims,
    foreign_shims: shims - shimsOf(containers).length,
    engine_descriptors: sum(engine.map(descriptorsOf)),
    engine_mib: mib(sum(engine.map(residentBytesOf))),
    server: server && {
      containers: containers.length,
      descriptors: descriptorsOf(server.program.pid),
      resident_mib: mib(residentBytesOf(server.program.pid)),
    },
  };
}

function match(path: string, pattern: RegExp, scale: number): number | null {
  const number = pattern.exec(text(path) ?? '')?.[1];
  return number === undefined ? null : Math.round(Number(number) * scale);
}

function linesOf(path: string): number | null {
  return text(path)?.trimEnd().split('\n').length ?? null;
}

function entriesOf(folder: string): number | null {
  try {
    return readdirSync(folder).length;
  } catch (_noSuchFolder) {
    return null;
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (_notHere) {
    return null;
  }
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function mib(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes / MIB);
}
