import Docker from 'dockerode';
import type { ContainerSpec } from '@interleave/docker-runtime';
import { INSTANCE_LABEL } from '../../apps/tool-server/src/container/labels';
import { undoLater } from './cleanup';

/** On every container that a tool makes by itself; the value is the number of its process. */
const TOOL_LABEL = 'interleave.tool';

/** Containers that a tool makes without a tool server around them, of the same kind as a running sandbox. All are removed at the end. */
export class OwnContainers {
  private constructor(
    readonly docker: Docker,
    /** Labels are ours: no tool server takes such a container for one of its own. */
    readonly spec: ContainerSpec,
  ) {}

  /** @param instance of the tool server whose containers are the model */
  static async like(instance: string, docker = new Docker()): Promise<OwnContainers> {
    await removeLeftovers(docker);
    const [model] = await docker.listContainers({ filters: { label: [`${INSTANCE_LABEL}=${instance}`] } });
    if (!model) throw new Error('The tool server has no container to take the settings from.');
    const { Config, HostConfig } = await docker.getContainer(model.Id).inspect();
    const { Image, User, WorkingDir, Hostname, StopSignal } = Config as typeof Config & { StopSignal?: string };
    const spec = {
      Image,
      User,
      WorkingDir,
      Hostname,
      StopSignal,
      NetworkDisabled: true,
      Healthcheck: { Test: ['NONE'] },
      HostConfig,
      Labels: { [TOOL_LABEL]: String(process.pid) },
    };
    // What the engine says of a container is what it was made of, under the same names.
    return new OwnContainers(docker, spec as unknown as ContainerSpec);
  }

  readonly removeAll = undoLater(() => removeWith(this.docker, (owner) => owner === process.pid));
}

/** Of tools that were killed before they could clean up. */
function removeLeftovers(docker: Docker): Promise<void> {
  return removeWith(docker, (owner) => !isAlive(owner));
}

async function removeWith(docker: Docker, isMeant: (owner: number) => boolean): Promise<void> {
  const found = await docker.listContainers({ all: true, filters: { label: [TOOL_LABEL] } });
  const meant = found.filter(({ Labels }) => isMeant(Number(Labels[TOOL_LABEL])));
  await Promise.all(
    meant.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch(() => undefined),
    ),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (_noSuchProcess) {
    return false;
  }
}
