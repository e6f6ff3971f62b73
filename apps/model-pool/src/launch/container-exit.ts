import type { ContainerCondition, DetachedContainers } from '@interleave/docker-runtime';

const POLL_MS = 500;
const CALL_TIMEOUT_MS = 10_000;

/** Notices the end of a container by asking now and then: a request that waits for it would be lost with the engine's restart. */
export class ContainerExit {
  /** How it was found; null where it is gone. */
  readonly condition: Promise<ContainerCondition | null>;
  private timer: NodeJS.Timeout | null = null;
  private isAwaited = false;

  constructor(
    private readonly containers: Pick<DetachedContainers, 'inspect'>,
    private readonly id: string,
  ) {
    this.condition = this.poll();
  }

  /** Watching alone keeps no process alive; from now on it does. */
  holdProcess(): void {
    this.isAwaited = true;
    this.timer?.ref();
  }

  private async poll(): Promise<ContainerCondition | null> {
    for (;;) {
      try {
        const condition = await this.containers.inspect(this.id, AbortSignal.timeout(CALL_TIMEOUT_MS));
        if (condition === null || condition.status === 'ended') return condition;
      } catch (_engineAway) {
        // Its containers may run on meanwhile.
      }
      await new Promise<void>((resolve) => {
        this.timer = setTimeout(resolve, POLL_MS);
        if (!this.isAwaited) this.timer.unref();
      });
    }
  }
}
