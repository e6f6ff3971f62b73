import { AppError } from '@interleave/kernel';
import type {
  AttachedContainer,
  ContainerListener,
  ContainerRuntime,
  ContainerSpec,
  ContainerSummary,
  EngineDescription,
  ImageBuild,
} from '@interleave/docker-runtime';
import { FakeSupervisor } from './fake-supervisor';
import type { SupervisorScript } from './fake-supervisor';

/** An engine whose containers are scripted supervisors: the whole protocol, no isolation, no Docker. */
export class FakeContainerRuntime implements ContainerRuntime {
  readonly containers = new Map<string, FakeContainer>();
  readonly removed: string[] = [];
  readonly builds: ImageBuild[] = [];
  leftOvers: ContainerSummary[] = [];
  hasImage = true;
  /** Set: nothing works, for this reason. */
  outage: string | null = null;
  private started = 0;

  constructor(private readonly script: SupervisorScript) {}

  get startedCount(): number {
    return this.started;
  }

  async describe(): Promise<EngineDescription> {
    this.checkOutage();
    return { version: 'fake', apiVersion: '1.41', runtimes: ['runc'], cpus: 2 };
  }

  async imageExists(): Promise<boolean> {
    this.checkOutage();
    return this.hasImage;
  }

  async buildImage(build: ImageBuild): Promise<void> {
    this.builds.push(build);
    build.onProgress('Step 1/9 : FROM debian');
    this.hasImage = true;
  }

  async start(spec: ContainerSpec, listener: ContainerListener): Promise<AttachedContainer> {
    this.checkOutage();
    this.started += 1;
    const container = new FakeContainer(`container-${this.started}`, spec, listener, this.script);
    this.containers.set(container.id, container);
    return container;
  }

  async remove(containerId: string): Promise<void> {
    this.checkOutage();
    this.leftOvers = this.leftOvers.filter(({ id }) => id !== containerId);
    this.containers.get(containerId)?.end();
    this.containers.delete(containerId);
    this.removed.push(containerId);
  }

  async processId(): Promise<number> {
    return 0;
  }

  async processorTimeMs(): Promise<number> {
    return 0;
  }

  async list(): Promise<readonly ContainerSummary[]> {
    return this.leftOvers;
  }

  private checkOutage(): void {
    if (this.outage !== null) throw new AppError('docker_unavailable', this.outage);
  }
}

export class FakeContainer implements AttachedContainer {
  readonly supervisor: FakeSupervisor;
  private isEnded = false;

  constructor(
    readonly id: string,
    readonly spec: ContainerSpec,
    private readonly listener: ContainerListener,
    script: SupervisorScript,
  ) {
    // As in life, answers come later than the write that asked for them.
    this.supervisor = new FakeSupervisor(script, (bytes) => setImmediate(() => this.send(bytes)));
  }

  write(bytes: Uint8Array): void {
    if (!this.isEnded) this.supervisor.receive(bytes);
  }

  detach(): void {
    setImmediate(() => this.end());
  }

  /** Bytes on the container's stdout. */
  send(bytes: Uint8Array): void {
    if (!this.isEnded) this.listener.onOutput(bytes);
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.listener.onClosed();
  }
}
