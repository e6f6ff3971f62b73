import { setTimeout as delay } from 'node:timers/promises';
import { AppError, toAppError } from '@interleave/kernel';
import { within } from '@interleave/platform';
import type { Readiness } from '@interleave/platform';
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { SandboxBackend } from '../backend/sandbox-backend';
import type { Log } from '../log';
import type { SandboxPool } from '../pool/sandbox-pool';
import type { SessionRegistry } from '../sessions/session-registry';

const RETRY_MS = 5000;
const SWEEP_EVERY_MS = 60_000;
const SWEEP_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
/** A session unused for this long is not waited for when the server shuts down. */
const DRAIN_IDLE_MS = 5000;

/** From "can there be a sandbox" to "all of them are gone". */
export class ToolServerLifecycle implements Readiness, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly ending = new AbortController();
  private phase: string | null = 'The tool server is starting.';
  private housekeeping: NodeJS.Timeout | null = null;
  private lastSweepMs = 0;

  constructor(
    private readonly backend: SandboxBackend,
    private readonly pool: SandboxPool,
    private readonly sessions: SessionRegistry,
    private readonly log: Log,
  ) {}

  notReadyBecause(): string | null {
    if (this.phase) return this.phase;
    if (this.pool.count('idle', 'checking', 'leased', 'wiping') > 0) return null;
    return this.pool.failure?.message ?? 'The first sandbox is starting.';
  }

  describe(): Record<string, unknown> {
    return {
      sandbox: this.backend.kind,
      runtime: this.backend.runtime,
      warning: this.backend.warning,
      instance: this.backend.instanceId ?? null,
      slots: { idle: this.pool.count('idle'), leased: this.pool.count('leased'), creating: this.pool.count('creating') },
      // There may be sandboxes, and none to be had beyond them.
      trouble: this.pool.failure?.message ?? null,
    };
  }

  /** Not awaited by the framework's start: `/ready` and the log say how far it is, building the image takes minutes. */
  onApplicationBootstrap(): void {
    void this.start();
  }

  onModuleDestroy(): void {
    this.ending.abort(new AppError('draining', 'The tool server is shutting down.'));
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.housekeeping) clearInterval(this.housekeeping);
    await this.pool.stop(STOP_TIMEOUT_MS);
    this.log.info({ event: 'sandboxes-removed' });
  }

  private async start(): Promise<void> {
    while (!this.ending.signal.aborted) {
      try {
        await this.prepare();
        this.phase = null;
        this.pool.start();
        this.housekeeping = setInterval(() => void this.keepHouse(), 1000);
        this.housekeeping.unref();
        return;
      } catch (error) {
        this.phase = toAppError(error).message;
        if (this.ending.signal.aborted) return;
        this.log.warn({ event: 'sandbox-start-failed', reason: this.phase });
        // An abort ends the wait; the loop's condition then ends the loop.
        await delay(RETRY_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
      }
    }
  }

  private async prepare(): Promise<void> {
    const { kind, runtime, warning } = this.backend;
    const onProgress = (line: string) => {
      this.phase = line;
      this.log.info({ event: 'sandbox-preparing', line });
    };
    await this.backend.prepare(onProgress, this.ending.signal);
    const swept = await this.sweep();
    this.log.info({ event: 'sandbox-prepared', sandbox: kind, runtime, orphans_removed: swept });
    if (warning !== null) this.log.warn({ event: 'weak-sandbox', sandbox: kind, warning });
  }

  private async keepHouse(): Promise<void> {
    await this.sessions.closeIdle(this.ending.signal.aborted ? DRAIN_IDLE_MS : undefined);
    if (Date.now() - this.lastSweepMs < SWEEP_EVERY_MS) return;
    try {
      await this.sweep();
    } catch (error) {
      this.log.warn({ event: 'sweep-failed', reason: toAppError(error).message });
    }
  }

  private async sweep(): Promise<number> {
    this.lastSweepMs = Date.now();
    return within(SWEEP_TIMEOUT_MS, this.ending.signal, (signal) => this.backend.sweep(signal));
  }
}
