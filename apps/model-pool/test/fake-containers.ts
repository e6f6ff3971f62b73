import type { ContainerCondition, ContainerFile, DetachedContainers, DetachedContainerSpec } from '@interleave/docker-runtime';

interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly spec: DetachedContainerSpec;
  readonly files: readonly ContainerFile[];
  condition: ContainerCondition;
  end: (() => void) | null;
}

/** An engine in memory: containers that run until they are told to end, or a failure of the next call of a name. */
export class FakeContainers implements DetachedContainers {
  readonly all: FakeContainer[] = [];
  readonly images = new Set(['image:1']);
  readonly signals: string[] = [];
  /** Thrown by the next call of that name. */
  readonly failures = new Map<keyof DetachedContainers, Error>();
  isAway = false;

  async describe() {
    this.attempt('describe');
    return { version: '1', apiVersion: '1', runtimes: [], cpus: 1 };
  }

  async imageExists(image: string) {
    this.attempt('imageExists');
    return this.images.has(image);
  }

  async requirePullable() {
    this.attempt('requirePullable');
  }

  async pullImage(image: string) {
    this.attempt('pullImage');
    this.images.add(image);
  }

  async create(name: string, spec: DetachedContainerSpec, files: readonly ContainerFile[]) {
    const id = (this.all.length + 1).toString(16).padStart(64, '0');
    const condition: ContainerCondition = { status: 'created', labels: spec.Labels, startedAt: '', exitCode: 0, ranOutOfMemory: false };
    this.all.push({ id, name, spec, files, condition, end: null });
    // As an engine does that answers too late: it is there.
    this.attempt('create');
    return id;
  }

  async start(id: string) {
    this.attempt('start');
    const container = this.find(id);
    if (container) container.condition = { ...container.condition, status: 'running', startedAt: `${id} started` };
  }

  async inspect(id: string) {
    this.attempt('inspect');
    return this.find(id)?.condition ?? null;
  }

  async kill(id: string, name: 'SIGTERM' | 'SIGKILL') {
    this.attempt('kill');
    this.signals.push(name);
    this.endOf(id, name === 'SIGTERM' ? 143 : 137);
  }

  async remove(id: string) {
    this.attempt('remove');
    const index = this.all.findIndex((one) => one.id === id || one.name === id);
    if (index >= 0) this.all.splice(index, 1)[0]?.end?.();
  }

  async list(label: string) {
    this.attempt('list');
    const [name = '', value] = label.split('=');
    return this.all
      .filter(({ spec }) => spec.Labels[name] === value)
      .map(({ id, spec, condition }) => ({ id, labels: spec.Labels, state: condition.status, createdAtMs: 0 }));
  }

  followOutput(id: string, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    onBytes(Buffer.from(`output of ${id.slice(-2)}\n`));
    return new Promise((resolve, reject) => {
      const container = this.find(id);
      if (!container || container.condition.status === 'ended') return resolve();
      container.end = resolve;
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  endOf(id: string, exitCode: number, ranOutOfMemory = false): void {
    const container = this.find(id);
    if (!container) return;
    container.condition = { ...container.condition, status: 'ended', exitCode, ranOutOfMemory };
    container.end?.();
  }

  private find(id: string): FakeContainer | undefined {
    return this.all.find((one) => one.id === id);
  }

  private attempt(name: keyof DetachedContainers): void {
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure) throw failure;
    if (this.isAway) throw new Error('connect ENOENT /var/run/docker.sock');
  }
}
