import type { WorkerRow } from '@interleave/contracts';
import { AppError, Deferred } from '@interleave/kernel';
import { admissible, isFull, placesFor, roomOf } from './admission-plan';
import type { Claim, Occupied, Room } from './admission-plan';
import { workersRoom } from './workers-room';

interface Waiter {
  readonly claim: Claim;
  readonly turn: Deferred<void>;
}

export interface AdmissionLimits {
  /** Trajectories at once, of all models. */
  readonly maxRunning: number;
  /** That wait for the same workers. */
  readonly maxWaiting: number;
  readonly queueTimeoutMs: number;
  /** Trajectories for each sequence that workers run at once; 0: workers are no limit. */
  readonly perSequence: number;
}

/** Lets in as many trajectories as there is room for, has so many wait, and nobody for longer than the deadline. First come, first served for each model. */
export class Admission {
  private room: Room;
  private running = 0;
  private withSandbox = 0;
  private readonly runningByModel = new Map<string, number>();
  private waiting: readonly Waiter[] = [];

  constructor(private readonly limits: AdmissionLimits) {
    this.room = { trajectories: limits.maxRunning, sandboxes: null, workers: new Map() };
  }

  get runningCount(): number {
    return this.running;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** How many sessions the tool server has; null: it has not said. */
  setSandboxes(sandboxes: number | null): void {
    this.room = { ...this.room, sandboxes };
    this.letIn();
  }

  /** The workers as they are now. */
  setWorkers(rows: readonly WorkerRow[]): void {
    this.room = { ...this.room, workers: workersRoom(rows, this.limits.perSequence, this.room.workers) };
    this.letIn();
  }

  /** Models, by the names that were asked for, whose workers are full while somebody waits for them. */
  modelsWithoutRoom(): ReadonlySet<string> {
    return new Set(this.waiting.map(({ claim: { model } }) => model).filter((model) => isFull(roomOf(model, this.room), this.occupied)));
  }

  /**
   * Waits for a place. The returned function gives it back and is to be called exactly once.
   * @throws AppError `busy`
   */
  async enter(claim: Claim, signal: AbortSignal): Promise<() => void> {
    return this.take(claim, this.limits.queueTimeoutMs, signal);
  }

  /** For the further trajectories of a request that is in already: it waits as long as it takes. */
  async enterNext(claim: Claim, signal: AbortSignal): Promise<() => void> {
    return this.take(claim, null, signal);
  }

  private get occupied(): Occupied {
    return { trajectories: this.running, sandboxes: this.withSandbox, byModel: this.runningByModel };
  }

  private async take(claim: Claim, timeoutMs: number | null, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const waiter: Waiter = { claim, turn: new Deferred<void>() };
    this.waiting = [...this.waiting, waiter];
    this.letIn();
    if (this.waiting.at(-1) === waiter) await this.wait(waiter, timeoutMs, signal);
    return () => {
      this.count(claim, -1);
      this.letIn();
    };
  }

  private async wait(waiter: Waiter, timeoutMs: number | null, signal: AbortSignal): Promise<void> {
    const giveUp = (error: unknown): void => {
      if (!this.waiting.includes(waiter)) return;
      this.waiting = this.waiting.filter((other) => other !== waiter);
      waiter.turn.reject(error);
      this.letIn();
    };
    if (timeoutMs !== null && this.isQueueOver(waiter.claim)) giveUp(this.busy(waiter.claim));
    const onAbort = (): void => giveUp(signal.reason);
    const timer = timeoutMs === null ? null : setTimeout(() => giveUp(this.busy(waiter.claim)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await waiter.turn.promise;
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private letIn(): void {
    if (this.waiting.length === 0) return;
    const claims = this.waiting.map(({ claim }) => claim);
    const admitted = new Set(admissible(claims, this.occupied, this.room));
    if (admitted.size === 0) return;
    const entering = this.waiting.filter((_, place) => admitted.has(place));
    this.waiting = this.waiting.filter((_, place) => !admitted.has(place));
    for (const { claim, turn } of entering) {
      this.count(claim, 1);
      turn.resolve();
    }
  }

  private count({ model, needsSandbox }: Claim, by: 1 | -1): void {
    this.running += by;
    if (needsSandbox) this.withSandbox += by;
    const ofModel = (this.runningByModel.get(model) ?? 0) + by;
    // Names come from clients: none is kept that has nothing running.
    if (ofModel === 0) this.runningByModel.delete(model);
    else this.runningByModel.set(model, ofModel);
  }

  /** Each model has a queue of its own length: one whose workers are slow takes no place in it from the others. */
  private isQueueOver({ model }: Claim): boolean {
    const own = roomOf(model, this.room);
    const isSame = ({ claim }: Waiter): boolean => roomOf(claim.model, this.room) === own;
    return this.waiting.filter(isSame).length > this.limits.maxWaiting;
  }

  private busy(claim: Claim): AppError {
    const places = placesFor(claim, this.room);
    return new AppError('busy', `All ${places} places are taken and the queue is full or too slow; try again shortly.`, {
      isRetryable: true,
      retryAfterMs: 2000,
    });
  }
}
