import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { INSTANCE_LABEL } from '../../apps/tool-server/src/container/labels';
import { commandLineOf, controlGroupsOf, processesNamed, residentBytesOf } from './processes';

const CGROUPS = '/sys/fs/cgroup';

export interface SandboxContainer {
  readonly id: string;
  /** Of its PID 1, as the host numbers it; 0 when it doesn't run. */
  readonly pid: number;
}

/** The containers of one tool server process. */
export async function containersOf(instance: string, docker = new Docker()): Promise<readonly SandboxContainer[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [`${INSTANCE_LABEL}=${instance}`] } });
  const states = await Promise.all(
    found.map(({ Id }) =>
      docker
        .getContainer(Id)
        .inspect()
        .catch(() => null),
    ),
  );
  return states.flatMap((container) => (container === null ? [] : [{ id: container.Id, pid: container.State.Pid }]));
}

/** The processes that hold these containers for the engine, one each. */
export function shimsOf(containers: readonly SandboxContainer[]): number[] {
  const ids = new Set(containers.map(({ id }) => id));
  return processesNamed('containerd-shim-runc-v2', 'containerd-shim-runsc-v1', 'containerd-shim').filter((pid) => {
    const id = / -id (\S+)/.exec(commandLineOf(pid))?.[1];
    return id !== undefined && ids.has(id);
  });
}

/** What the kernel counts for one container, in bytes and milliseconds; null where it doesn't, or the container is gone. */
export class ContainerCounters {
  private readonly cpuFile: string | null;
  private readonly memoryFolder: string | null;

  constructor(readonly container: SandboxContainer) {
    const groups = controlGroupsOf(container.pid);
    const folder = (controller: string) => (groups.has(controller) ? join(CGROUPS, controller, groups.get(controller) ?? '') : null);
    const unified = groups.has('') && existsSync(join(CGROUPS, 'cgroup.controllers')) ? join(CGROUPS, groups.get('') ?? '') : null;
    const cpuFolder = folder('cpuacct') ?? unified;
    this.cpuFile = cpuFolder === null ? null : join(cpuFolder, unified === cpuFolder ? 'cpu.stat' : 'cpuacct.usage');
    this.memoryFolder = folder('memory') ?? unified;
  }

  cpuMs(): number | null {
    const text = this.cpuFile === null ? null : read(this.cpuFile);
    if (text === null) return null;
    const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
    return microseconds === undefined ? Number(text) / 1e6 : Number(microseconds) / 1e3;
  }

  /** Everything that counts against the container's limit: processes, files in memory, page cache that it was the first to use. */
  memoryBytes(): number | null {
    if (this.memoryFolder === null) return null;
    const text = read(join(this.memoryFolder, 'memory.current')) ?? read(join(this.memoryFolder, 'memory.usage_in_bytes'));
    return text === null ? null : Number(text);
  }

  /** Of that, what no file backs. */
  anonymousBytes(): number | null {
    const text = this.memoryFolder === null ? null : read(join(this.memoryFolder, 'memory.stat'));
    const number = text === null ? undefined : /^(?:anon|rss) (\d+)$/m.exec(text)?.[1];
    return number === undefined ? null : Number(number);
  }
}

export function shimBytes(containers: readonly SandboxContainer[]): number {
  return shimsOf(containers).reduce((sum, pid) => sum + (residentBytesOf(pid) ?? 0), 0);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (_gone) {
    return null;
  }
}
