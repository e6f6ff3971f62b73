import { setTimeout as delay } from 'node:timers/promises';
import { AppError, assertNever, Deferred, Mailbox, toAppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import { countSlots, emptyPool, isBreakerOpen, transitionPool } from '@interleave/sandbox';
import type { Hello, LeaseId, PoolEffect, PoolEvent, PoolPolicy, PoolState, Slot, SlotId } from '@interleave/sandbox';
import type { Log } from '../log';
import type { SandboxSlot } from '../slot/sandbox-slot';
import type { SlotLauncher } from '../slot/slot-launcher';
import { within } from '@interleave/platform';
import { availableMemoryBytes } from './available-memory';

const TICK_MS = 250;
const PING_TIMEOUT_MS = 2000;
const WIPE_TIMEOUT_MS = 15_000;
const LAUNCH_TIMEOUT_MS = 90_000;
const METER_TIMEOUT_MS = 2000;
/** Creations that are decided on together begin at random times within so long: the engine does them one step after another anyway. */
const CREATION_SPREAD_MS = 100;

/** A slot that belongs to one user until it is released. */
export interface Lease {
  readonly slot: SandboxSlot;
  /** Processor time that everything in it has used so far; null where nobody knows. */
  processorTimeMs(): Promise<number | null>;
  release(): void;
}

/** What the pool can't know of itself. */
export interface PoolFacts {
  /** Of the machine that the sandboxes are on; null where nobody knows. */
  availableMemoryBytes(): number | null;
  /** 0 to 1. */
  random(): number;
}

/** A creation that has come to its end. */
export interface CreationReport {
  readonly isSuccess: boolean;
  readonly durationMs: number;
}

/** An event without the time of its arrival. */
type Occurrence = PoolEvent extends infer Event ? (Event extends PoolEvent ? Omit<Event, 'nowMs'> : never) : never;

/** Performs what the reducer asks for and tells it what came of it. */
export class SandboxPool {
  private state: PoolState;
  private readonly mailbox: Mailbox<Occurrence>;
  private readonly slots = new Map<SlotId, SandboxSlot>();
  private readonly waiting = new Map<LeaseId, Deferred<SandboxSlot>>();
  private readonly stopping = new AbortController();
  private ticker: NodeJS.Timeout | null = null;
  private emptied: Deferred<void> | null = null;
  private lastLease = 0;
  private lastFailure: AppError | null = null;
  private firstHello: Hello | null = null;
  private failedWipeCount = 0;
  private creationListener: (report: CreationReport) => void = () => undefined;

  constructor(
    policy: PoolPolicy,
    private readonly launcher: SlotLauncher,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly facts: PoolFacts = { availableMemoryBytes, random: Math.random },
  ) {
    this.state = emptyPool(policy);
    this.mailbox = new Mailbox(
      (occurrence) => this.handle(occurrence),
      (error, occurrence) => this.log.warn({ event: 'pool-event-failed', occurrence: occurrence.type, err: error }),
    );
  }

  /** What the sandboxes are made of; null until the first one has come up. */
  get hello(): Hello | null {
    return this.firstHello;
  }

  /** Why the last attempt to make a sandbox failed; null once one has succeeded again. */
  get failure(): AppError | null {
    return this.lastFailure;
  }

  /** Whether the engine fails or is slow, so that one sandbox at a time is tried. */
  get isBreakerOpen(): boolean {
    return isBreakerOpen(this.state, this.clock.nowMs());
  }

  /** Sandboxes that could not be cleaned after a session, and were destroyed. */
  get failedWipes(): number {
    return this.failedWipeCount;
  }

  get maxSlots(): number {
    return this.state.policy.maxSlots;
  }

  /** Leases that wait for a slot. */
  get waitingCount(): number {
    return this.state.queue.length;
  }

  count(...statuses: Slot['status'][]): number {
    return countSlots(this.state, ...statuses);
  }

  onCreation(listener: (report: CreationReport) => void): void {
    this.creationListener = listener;
  }

  start(): void {
    const tick = () => this.mailbox.post({ type: 'tick', memoryAvailableBytes: this.facts.availableMemoryBytes() });
    this.ticker = setInterval(tick, TICK_MS);
    this.ticker.unref();
    tick();
  }

  /**
   * Waits for a slot of one's own.
   * @throws AppError `sandbox_busy` after `queueTimeoutMs`, or at once when too many wait; `draining`, `sandbox_unavailable` when none can be made
   * @throws the signal's reason when it aborts before
   */
  async lease(queueTimeoutMs: number, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    this.lastLease += 1;
    const leaseId = `lease-${this.lastLease}`;
    const granted = new Deferred<SandboxSlot>();
    const onAbort = () => granted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.waiting.set(leaseId, granted);
    this.mailbox.post({ type: 'lease-requested', leaseId, deadlineMs: this.clock.nowMs() + queueTimeoutMs });
    try {
      const slot = await granted.promise;
      return {
        slot,
        processorTimeMs: () => this.processorTimeMs(slot),
        release: () => this.mailbox.post({ type: 'lease-ended', leaseId }),
      };
    } catch (error) {
      this.mailbox.post({ type: 'lease-ended', leaseId });
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.waiting.delete(leaseId);
    }
  }

  /** Removes every container; waits for that at most so long. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.ticker) clearInterval(this.ticker);
    this.stopping.abort(new AppError('draining', 'The tool server is shutting down.'));
    this.emptied = new Deferred<void>();
    this.mailbox.post({ type: 'drain' });
    for (const slot of this.slots.values()) slot.lose(new AppError('draining', 'The tool server is shutting down.'));
    this.noticeEmpty();
    const timer = setTimeout(() => this.emptied?.resolve(), timeoutMs);
    await this.emptied.promise;
    clearTimeout(timer);
  }

  private async processorTimeMs(slot: SandboxSlot): Promise<number | null> {
    try {
      return (await this.launcher.processorTimeMs?.(slot, AbortSignal.timeout(METER_TIMEOUT_MS))) ?? null;
    } catch (_engineInTrouble) {
      return null;
    }
  }

  private handle(occurrence: Occurrence): void {
    const { state, effects } = transitionPool(this.state, { ...occurrence, nowMs: this.clock.nowMs() });
    this.state = state;
    for (const effect of effects) this.perform(effect);
    this.noticeEmpty();
  }

  private perform(effect: PoolEffect): void {
    switch (effect.type) {
      case 'create-slot':
        void this.create(effect.slotId);
        return;
      case 'check-slot':
        void this.ask(effect.slotId, 'slot-alive', (slot) => slot.ping(PING_TIMEOUT_MS));
        return;
      case 'wipe-slot':
        void this.ask(effect.slotId, 'slot-wiped', (slot) => slot.wipe(WIPE_TIMEOUT_MS));
        return;
      case 'destroy-slot':
        void this.destroy(effect.slotId);
        return;
      case 'grant-lease':
        this.grant(effect.leaseId, effect.slotId);
        return;
      case 'reject-lease':
        this.waiting.get(effect.leaseId)?.reject(this.refusal(effect));
        return;
      default:
        assertNever(effect);
    }
  }

  private async create(slotId: SlotId): Promise<void> {
    let startedAtMs = this.clock.nowMs();
    try {
      if (this.count('creating') > 1) {
        await delay(this.facts.random() * CREATION_SPREAD_MS, undefined, { signal: this.stopping.signal });
        startedAtMs = this.clock.nowMs();
      }
      const launched = within(LAUNCH_TIMEOUT_MS, this.stopping.signal, (signal) => this.launcher.launch(slotId, signal));
      const { slot, hello } = await launched;
      this.firstHello ??= hello;
      this.lastFailure = null;
      this.slots.set(slotId, slot);
      const durationMs = this.clock.nowMs() - startedAtMs;
      this.mailbox.post({ type: 'slot-created', slotId, durationMs });
      this.creationListener({ isSuccess: true, durationMs });
      this.log.info({ event: 'slot-created', slot: slotId, duration_ms: Math.round(durationMs) });
      this.noticeLoss(slotId, slot);
    } catch (error) {
      this.lastFailure = toAppError(error);
      this.creationListener({ isSuccess: false, durationMs: this.clock.nowMs() - startedAtMs });
      if (!this.stopping.signal.aborted) this.log.warn({ event: 'slot-create-failed', slot: slotId, reason: this.lastFailure.message });
      this.mailbox.post({ type: 'slot-create-failed', slotId, jitter: this.facts.random() });
    }
  }

  private noticeLoss(slotId: SlotId, slot: SandboxSlot): void {
    void slot.lost.then((reason) => {
      // A slot that is being destroyed is lost on purpose.
      if (this.state.slots.get(slotId)?.status !== 'destroying' && !this.stopping.signal.aborted) {
        this.log.warn({ event: 'slot-lost', slot: slotId, reason: reason.message, diagnostics: slot.lastDiagnostics });
      }
      this.mailbox.post({ type: 'slot-lost', slotId });
    });
  }

  private async ask(slotId: SlotId, answer: 'slot-alive' | 'slot-wiped', question: (slot: SandboxSlot) => Promise<void>): Promise<void> {
    const slot = this.slots.get(slotId);
    try {
      if (slot) await question(slot);
      this.mailbox.post({ type: answer, slotId });
    } catch (error) {
      if (answer === 'slot-wiped' && !this.stopping.signal.aborted) this.failedWipeCount += 1;
      slot?.lose(toAppError(error));
    }
  }

  private async destroy(slotId: SlotId): Promise<void> {
    const slot = this.slots.get(slotId);
    try {
      if (slot) await this.launcher.remove(slot);
    } catch (error) {
      // The sweep by label finds it later.
      this.log.warn({ event: 'slot-remove-failed', slot: slotId, sandbox: slot?.channelId, err: error });
    }
    this.slots.delete(slotId);
    this.mailbox.post({ type: 'slot-destroyed', slotId });
  }

  private grant(leaseId: LeaseId, slotId: SlotId): void {
    const waiting = this.waiting.get(leaseId);
    const slot = this.slots.get(slotId);
    if (waiting && slot) waiting.resolve(slot);
    else this.mailbox.post({ type: 'lease-ended', leaseId });
  }

  private refusal({ reason, retryAfterMs }: Extract<PoolEffect, { type: 'reject-lease' }>): AppError {
    const options = { isRetryable: true, retryAfterMs };
    if (reason === 'draining') return new AppError('draining', 'The tool server is shutting down; try again shortly.', options);
    if (this.lastFailure && this.count('leased', 'idle', 'checking', 'wiping') === 0) {
      const message = `No sandbox could be started: ${this.lastFailure.message}`;
      return new AppError('sandbox_unavailable', message, { ...options, cause: this.lastFailure });
    }
    const waiting = reason === 'queue-full' ? ` and ${this.waitingCount} sessions wait already` : '';
    const trouble = this.lastFailure ? ` No more can be made: ${this.lastFailure.message}` : '';
    const inUse = this.count('leased', 'checking', 'wiping');
    return new AppError('sandbox_busy', `All ${inUse} sandboxes are in use${waiting}.${trouble}`, options);
  }

  private noticeEmpty(): void {
    if (this.emptied && this.state.slots.size === 0) this.emptied.resolve();
  }
}
