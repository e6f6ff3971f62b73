import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';
import tar from 'tar-fs';
import { attempt, statusOf } from './attempt';
import type { ContainerSummary, EngineDescription } from './container-runtime';
import type { ContainerCondition, ContainerFile, DetachedContainers, PullProgress } from './detached-containers';
import type { DetachedContainerSpec } from './detached-container-spec';
import { DockerContainerRuntime } from './docker-container-runtime';
import { PullTally } from './pull-tally';
import type { PullStep } from './pull-tally';
import { StreamDemultiplexer } from './stream-demultiplexer';

const REMOVE_TIMEOUT_MS = 30_000;

/** Containers of the engine that `DOCKER_HOST` names, or of the one behind the local socket. */
export class DockerDetachedContainers implements DetachedContainers {
  private readonly runtime: DockerContainerRuntime;

  constructor(private readonly docker: Docker = new Docker()) {
    this.runtime = new DockerContainerRuntime(docker);
  }

  describe(signal: AbortSignal): Promise<EngineDescription> {
    return this.runtime.describe(signal);
  }

  imageExists(image: string, signal: AbortSignal): Promise<boolean> {
    return this.runtime.imageExists(image, signal);
  }

  remove(containerId: string, signal: AbortSignal): Promise<void> {
    return this.runtime.remove(containerId, signal);
  }

  list(label: string, signal: AbortSignal): Promise<readonly ContainerSummary[]> {
    return this.runtime.list(label, signal);
  }

  async requirePullable(image: string, signal: AbortSignal): Promise<void> {
    await attempt(`find the image ${image} in a registry`, signal, () => this.docker.getImage(image).distribution());
  }

  async pullImage(image: string, onProgress: (progress: PullProgress) => void, signal: AbortSignal): Promise<void> {
    await attempt(`pull the image ${image}`, signal, async () => {
      const stream = await this.docker.pull(image, { abortSignal: signal });
      const tally = new PullTally();
      await new Promise<void>((resolve, reject) => {
        this.docker.modem.followProgress(
          stream,
          (error: Error | null) => (error ? reject(error) : resolve()),
          (step: PullStep & { readonly error?: string }) => {
            // The engine reports a failed pull as a line of a successful response.
            if (step.error) reject(new Error(step.error));
            tally.add(step);
            onProgress(tally.progress);
          },
        );
      });
    });
  }

  async create(name: string, spec: DetachedContainerSpec, files: readonly ContainerFile[], signal: AbortSignal): Promise<string> {
    // What is not told apart goes into the query as well as into the body.
    const request = { _query: { name }, _body: spec } as unknown as Docker.ContainerCreateOptions;
    const container = await attempt(`create the container ${name}`, signal, () => this.docker.createContainer(request));
    try {
      if (files.length > 0) {
        await attempt(`put files into the container ${name}`, signal, () => container.putArchive(archiveOf(files), { path: '/' }));
      }
      return container.id;
    } catch (error) {
      await this.remove(container.id, AbortSignal.timeout(REMOVE_TIMEOUT_MS)).catch(() => undefined);
      throw error;
    }
  }

  async start(containerId: string, signal: AbortSignal): Promise<void> {
    await attempt(`start the container ${short(containerId)}`, signal, () =>
      this.docker.getContainer(containerId).start({ abortSignal: signal }),
    );
  }

  async inspect(containerId: string, signal: AbortSignal): Promise<ContainerCondition | null> {
    return attempt(`look at the container ${short(containerId)}`, signal, async () => {
      try {
        const { State, Config } = await this.docker.getContainer(containerId).inspect({ abortSignal: signal });
        return {
          status: State.Status === 'created' ? 'created' : State.Status === 'exited' || State.Status === 'dead' ? 'ended' : 'running',
          labels: Config.Labels,
          startedAt: State.StartedAt,
          exitCode: State.ExitCode,
          ranOutOfMemory: State.OOMKilled,
        };
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });
  }

  async kill(containerId: string, name: 'SIGTERM' | 'SIGKILL', signal: AbortSignal): Promise<void> {
    await attempt(`send ${name} to the container ${short(containerId)}`, signal, async () => {
      try {
        await this.docker.getContainer(containerId).kill({ signal: name, abortSignal: signal });
      } catch (error) {
        // 404: it is gone. 409: it does not run.
        if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
      }
    });
  }

  async followOutput(containerId: string, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    await attempt(`follow the output of the container ${short(containerId)}`, signal, async () => {
      const stream = (await this.docker.getContainer(containerId).logs({
        follow: true,
        stdout: true,
        stderr: true,
        abortSignal: signal,
      })) as Readable;
      const demultiplexer = new StreamDemultiplexer(onBytes, onBytes);
      const stop = (): void => void stream.destroy();
      signal.addEventListener('abort', stop);
      stream.on('data', (chunk: Uint8Array) => {
        if (!signal.aborted) demultiplexer.push(chunk);
      });
      try {
        await finished(stream, { writable: false });
      } finally {
        signal.removeEventListener('abort', stop);
      }
    });
  }
}

/** A tar of files that exist in memory only: what is secret in them touches no disk of ours. */
function archiveOf(files: readonly ContainerFile[]): NodeJS.ReadableStream {
  return tar.pack('/', {
    entries: [],
    finalize: false,
    finish: (pack) => {
      for (const { path, content, mode, userId } of files) {
        const name = path.replace(/^\/+/, '');
        pack.entry({ name: name.slice(0, name.lastIndexOf('/')), type: 'directory', mode: 0o700, uid: userId, gid: 0 });
        pack.entry({ name, mode, uid: userId, gid: 0 }, content);
      }
      pack.finalize();
    },
  });
}

function short(containerId: string): string {
  return containerId.slice(0, 12);
}
