import { setTimeout as delay } from 'node:timers/promises';
import { AppError, toAppError } from '@interleave/kernel';
import type { ContainerRuntime } from '@interleave/docker-runtime';
import type { Readiness } from '@interleave/platform';
import type { ToolServerSettings } from '@interleave/settings';
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { ContainerSlotLauncher } from '../container/container-slot-launcher';
import { ensureSandboxImage } from '../container/sandbox-image';
import type { SandboxFolder } from '../container/sandbox-image';
import { sweepOrphans } from '../container/sweep-orphans';
import type { Log } from '../log';
import type { SandboxPool } from '../pool/sandbox-pool';
import type { SessionRegistry } from '../sessions/session-registry';
import { within } from '@interleave/platform';

const RETRY_MS = 5000;
const ENGINE_TIMEOUT_MS = 10_000;
const BUILD_TIMEOUT_MS = 20 * 60_000;
const SWEEP_EVERY_MS = 60_000;
const SWEEP_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
/** A session unused for this long is not waited for when the server shuts down. */
const DRAIN_IDLE_MS = 5000;

/** From "is there an engine" to "all containers are gone". */
export class ToolServerLifecycle implements Readiness, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly ending = new AbortController();
  private phase: string | null = 'The tool server is starting.';
  private housekeeping: NodeJS.Timeout | null = null;
  private lastSweepMs = 0;

  constructor(
    private readonly settings: ToolServerSettings,
    private readonly instanceId: string,
    private readonly runtime: ContainerRuntime,
    private readonly folder: SandboxFolder,
    private readonly launcher: ContainerSlotLauncher,
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
      sandbox: 'docker',
      runtime: this.settings.sandboxRuntime,
      slots: { idle: this.pool.count('idle'), leased: this.pool.count('leased'), creating: this.pool.count('creating') },
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
    const { sandboxRuntime, sandboxImage } = this.settings;
    const engine = await this.within(ENGINE_TIMEOUT_MS, (signal) => this.runtime.describe(signal));
    if (engine.runtimes.length > 0 && !engine.runtimes.includes(sandboxRuntime)) {
      throw new AppError(
        'sandbox_unavailable',
        `SANDBOX_RUNTIME is ${sandboxRuntime}, but the engine has only ${engine.runtimes.join(', ')}.`,
      );
    }
    const swept = await this.sweep();
    this.log.info({ event: 'engine-found', version: engine.version, runtime: sandboxRuntime, orphans_removed: swept });
    if (sandboxImage !== undefined) {
      if (await this.within(ENGINE_TIMEOUT_MS, (signal) => this.runtime.imageExists(sandboxImage, signal))) return;
      throw new AppError(
        'sandbox_unavailable',
        `SANDBOX_IMAGE is ${sandboxImage}, but the engine has no such image: pull or build it, or leave the setting out.`,
      );
    }
    const onProgress = (line: string) => {
      this.phase = `Building the sandbox image: ${line}`;
      this.log.info({ event: 'image-build', image: this.folder.imageTag, line });
    };
    await this.within(BUILD_TIMEOUT_MS, (signal) => ensureSandboxImage(this.runtime, this.folder, onProgress, signal));
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
    const own = { instanceId: this.instanceId, knownContainers: this.launcher.knownContainers };
    return this.within(SWEEP_TIMEOUT_MS, (signal) => sweepOrphans(this.runtime, own, Date.now(), signal));
  }

  private within<Result>(timeoutMs: number, run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return within(timeoutMs, this.ending.signal, run);
  }
}
