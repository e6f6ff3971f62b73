import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { WorkerDirectory } from './worker-directory';

const LOOK_INTERVAL_MS = 500;

/** Requests that aren't let in because the workers of their model are full don't show in any worker's queue, but ask for another worker all the same. */
export class QueueDemand implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly held = new Map<string, () => void>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly directory: Pick<WorkerDirectory, 'hold'>,
    private readonly modelsWithoutRoom: () => ReadonlySet<string>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
    this.hold(new Set());
  }

  look(): void {
    this.hold(this.modelsWithoutRoom());
  }

  private hold(models: ReadonlySet<string>): void {
    for (const [model, letGo] of this.held) {
      if (models.has(model)) continue;
      this.held.delete(model);
      letGo();
    }
    for (const model of models) if (!this.held.has(model)) this.held.set(model, this.directory.hold(model));
  }
}
