import type { PoolEvent, WorkerTransition } from '@interleave/contracts';
import type { PinoLogger } from 'nestjs-pino';

const KEPT = 100;

/** What happened lately: the last hundred events, and each new one for those who follow. */
export class PoolEvents {
  private readonly kept: PoolEvent[] = [];
  private readonly listeners = new Set<(event: PoolEvent) => void>();
  private count = 0;

  constructor(
    private readonly log: PinoLogger,
    private readonly now: () => Date = () => new Date(),
  ) {}

  add(transition: WorkerTransition): void {
    this.count += 1;
    const event: PoolEvent = { number: this.count, at: this.now().toISOString(), ...transition };
    this.kept.push(event);
    if (this.kept.length > KEPT) this.kept.shift();
    const line = { event: 'worker-transition', ...transition };
    if (transition.to === 'failed' || transition.to === 'backoff') this.log.warn(line);
    else this.log.info(line);
    for (const listener of this.listeners) listener(event);
  }

  last(): readonly PoolEvent[] {
    return [...this.kept];
  }

  /** Hears of each new event until the function that comes back is called. */
  listen(listener: (event: PoolEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
