import { cpuMsOf, processesNamed } from '../harness/processes';
import type { RunningToolServer } from '../harness/running-tool-server';
import { ContainerCounters, shimsOf } from '../harness/sandbox-containers';

/** CPU time in milliseconds by who used it; null where the system doesn't say. Waiting for a core can't distort it. */
export interface CpuTimes {
  /** The tool server's process. */
  readonly server: number | null;
  /** dockerd, containerd, and the shims of the server's containers: they carry the bytes. */
  readonly engine: number | null;
  /** Everything in the containers: supervisor and programs. */
  readonly python: number | null;
  /** This process, which makes the load on the same cores. */
  readonly clients: number | null;
}

export const NOBODY: CpuTimes = { server: null, engine: null, python: null, clients: null };

/**
 * A meter over the containers that are there now: what is made or removed during a stretch is not in it. Of dockerd and containerd all work
 * counts, whoever asked for it.
 */
export async function cpuMeterOf(server: RunningToolServer): Promise<() => CpuTimes> {
  const containers = await server.containers();
  const counters = containers.map((container) => new ContainerCounters(container));
  const carriers = [...processesNamed('dockerd', 'containerd'), ...shimsOf(containers)];
  return () => ({
    ...ownTimes(),
    server: server.program.cpuMs(),
    engine: sum(carriers.map(cpuMsOf)),
    python: sum(counters.map((counter) => counter.cpuMs())),
  });
}

export function ownTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  return { ...NOBODY, clients: (user + system) / 1000 };
}

export function perCall(before: CpuTimes, after: CpuTimes, calls: number): CpuTimes {
  const of = (key: keyof CpuTimes): number | null => {
    const [from, to] = [before[key], after[key]];
    return from === null || to === null || calls === 0 ? null : (to - from) / calls;
  };
  return { server: of('server'), engine: of('engine'), python: of('python'), clients: of('clients') };
}

/** Null when nothing is known of any; one that is gone is left out. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
