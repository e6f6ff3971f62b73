import type { Duplex } from 'node:stream';
import Docker from 'dockerode';
import tar from 'tar-fs';
import { attempt, statusOf } from './attempt';
import type {
  AttachedContainer,
  ContainerListener,
  ContainerRuntime,
  ContainerSummary,
  EngineDescription,
  ImageBuild,
} from './container-runtime';
import type { ContainerSpec } from './container-spec';
import { StreamDemultiplexer } from './stream-demultiplexer';

const CREATE_TIMEOUT_MS = 60_000;
const REMOVE_TIMEOUT_MS = 30_000;

/** The engine that `DOCKER_HOST` names, or the one behind the local socket. */
export class DockerContainerRuntime implements ContainerRuntime {
  constructor(private readonly docker: Docker = new Docker()) {}

  async describe(signal: AbortSignal): Promise<EngineDescription> {
    return attempt('reach the Docker engine', signal, async () => {
      const [version, info] = await Promise.all([this.docker.version(), this.docker.info()]);
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        runtimes: Object.keys((info as { Runtimes?: object }).Runtimes ?? {}),
        cpus: (info as { NCPU?: number }).NCPU ?? 1,
      };
    });
  }

  async imageExists(tag: string, signal: AbortSignal): Promise<boolean> {
    return attempt(`look for the image ${tag}`, signal, async () => {
      try {
        await this.docker.getImage(tag).inspect();
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    });
  }

  async buildImage(build: ImageBuild, signal: AbortSignal): Promise<void> {
    await attempt(`build the image ${build.tag}`, signal, async () => {
      const context = tar.pack(build.folder, { ignore: (path) => build.ignoredNames.some((name) => path.endsWith(`/${name}`)) });
      const progress = await this.docker.buildImage(context, {
        t: build.tag,
        buildargs: build.arguments,
        labels: build.labels,
        rm: true,
        forcerm: true,
        abortSignal: signal,
      });
      await new Promise<void>((resolve, reject) => {
        this.docker.modem.followProgress(
          progress,
          (error: Error | null) => (error ? reject(error) : resolve()),
          (step: { stream?: string; error?: string }) => {
            // The engine reports a failed build as a line of a successful response.
            if (step.error) reject(new Error(step.error));
            else if (step.stream) build.onProgress(step.stream.trimEnd());
          },
        );
      });
    });
  }

  async start(spec: ContainerSpec, listener: ContainerListener, signal: AbortSignal): Promise<AttachedContainer> {
    signal.throwIfAborted();
    // Not under the caller's signal: a creation that nobody waits for leaves a container that nobody knows.
    const container = await attempt('create a container', AbortSignal.timeout(CREATE_TIMEOUT_MS), () =>
      this.docker.createContainer({
        // Same names, but the client's types want mutable arrays.
        ...(spec as unknown as Docker.ContainerCreateOptions),
        Tty: false,
        OpenStdin: true,
        // The end of our connection is the end of its stdin: a container does not outlive the process that owns it.
        StdinOnce: true,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
      }),
    );
    let stream: Duplex | null = null;
    let isGivenUp = false;
    try {
      return await attempt('start a container', signal, async () => {
        // Without `hijack` dockerode writes its own options into the container's stdin.
        const opened = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true, abortSignal: signal });
        stream = opened as Duplex;
        if (isGivenUp) stream.destroy();
        signal.throwIfAborted();
        const attached = attach(container.id, stream, listener);
        await container.start({ abortSignal: signal });
        return attached;
      });
    } catch (error) {
      // The engine never ends the connection to a container that was attached to and not started.
      isGivenUp = true;
      (stream as Duplex | null)?.destroy();
      // An engine that doesn't start it may not remove it either; what went wrong first is what counts.
      await this.remove(container.id, AbortSignal.timeout(REMOVE_TIMEOUT_MS)).catch(() => undefined);
      throw error;
    }
  }

  async remove(containerId: string, signal: AbortSignal): Promise<void> {
    await attempt(`remove the container ${containerId.slice(0, 12)}`, signal, async () => {
      try {
        await this.docker.getContainer(containerId).remove({ force: true, v: true, abortSignal: signal });
      } catch (error) {
        // 409: someone else is removing it already.
        if (statusOf(error) === 409) await this.untilRemoved(containerId, signal);
        else if (statusOf(error) !== 404) throw error;
      }
    });
  }

  private async untilRemoved(containerId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.docker.getContainer(containerId).wait({ condition: 'removed', abortSignal: signal });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  async processId(containerId: string, signal: AbortSignal): Promise<number> {
    return attempt(`look at the container ${containerId.slice(0, 12)}`, signal, async () => {
      const { State } = await this.docker.getContainer(containerId).inspect({ abortSignal: signal });
      return State.Pid;
    });
  }

  async processorTimeMs(containerId: string, signal: AbortSignal): Promise<number> {
    return attempt(`look at the container ${containerId.slice(0, 12)}`, signal, async () => {
      // `one-shot`: otherwise the engine waits for a second look before it answers.
      const stats = await this.docker.getContainer(containerId).stats({ stream: false, 'one-shot': true });
      return stats.cpu_stats.cpu_usage.total_usage / 1e6;
    });
  }

  async list(label: string, signal: AbortSignal): Promise<readonly ContainerSummary[]> {
    return attempt('list containers', signal, async () => {
      const containers = await this.docker.listContainers({ all: true, filters: { label: [label] }, abortSignal: signal });
      return containers.map(({ Id, Labels, State, Created }) => ({
        id: Id,
        labels: Labels,
        state: State === 'created' ? 'created' : State === 'exited' || State === 'dead' ? 'ended' : 'running',
        createdAtMs: Created * 1000,
      }));
    });
  }
}

function attach(id: string, stream: Duplex, listener: ContainerListener): AttachedContainer {
  const demultiplexer = new StreamDemultiplexer(
    (bytes) => listener.onOutput(bytes),
    (bytes) => listener.onDiagnostics(bytes),
  );
  let isClosed = false;
  const closed = () => {
    if (isClosed) return;
    isClosed = true;
    stream.destroy();
    listener.onClosed();
  };
  stream.on('data', (chunk: Uint8Array) => {
    if (!isClosed) demultiplexer.push(chunk);
  });
  // An error is always followed by `close`; listening keeps it from ending the process.
  for (const event of ['end', 'close', 'error']) stream.on(event, closed);
  return {
    id,
    write: (bytes) => {
      if (!isClosed) stream.write(bytes);
    },
    detach: () => stream.end(),
  };
}
