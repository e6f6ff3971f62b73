import { closeSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerCondition, DetachedContainers } from '@interleave/docker-runtime';
import type { WorkerEndpoint } from '@interleave/worker-lifecycle';
import { ContainerExit } from './container-exit';
import type { RunningWorker, WorkerProcess } from './worker-launcher';
import type { WorkerLog } from './worker-log';

const CALL_TIMEOUT_MS = 10_000;
/** How long the last words of a container may take to arrive once it has ended. */
const LAST_WORDS_TIMEOUT_MS = 3_000;
const RETRY_MS = 1_000;

/** What the launcher and the adoption know of a container that runs. */
export interface ContainerHandle {
  readonly containers: DetachedContainers;
  readonly id: string;
  readonly log: WorkerLog;
}

/** A worker in a container that runs. Its output goes into the worker's log from here on, from its beginning. */
export function containerProcess(handle: ContainerHandle, endpoint: WorkerEndpoint, output: number): WorkerProcess {
  const group = new RunningContainer(handle);
  return { group, endpoint, ended: watch(handle, group.exit, output) };
}

/** A container in the place of a process group. */
export class RunningContainer implements RunningWorker {
  readonly leader: { readonly pid: number };
  private watched: ContainerExit | null = null;

  constructor(private readonly handle: Pick<ContainerHandle, 'containers' | 'id'>) {
    // 48 bits of what the engine drew at random.
    this.leader = { pid: Number.parseInt(handle.id.slice(0, 12), 16) };
  }

  get exit(): ContainerExit {
    return (this.watched ??= new ContainerExit(this.handle.containers, this.handle.id));
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    // Who asks for its end wants to see it.
    this.exit.holdProcess();
    // One that doesn't arrive is followed by another one.
    this.handle.containers.kill(this.handle.id, signal, AbortSignal.timeout(CALL_TIMEOUT_MS)).catch(() => undefined);
  }

  /** What has ended is removed, with everything that was written in it. */
  async finish(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    do {
      try {
        return await this.handle.containers.remove(this.handle.id, AbortSignal.timeout(Math.max(timeoutMs, RETRY_MS)));
      } catch (_engineAway) {
        await sleep(RETRY_MS);
      }
    } while (performance.now() < deadline);
    // Left to the next model-pool, which finds it by its label.
  }

  async end(graceMs: number, removeTimeoutMs: number): Promise<void> {
    this.signal('SIGTERM');
    await within(graceMs, this.exit.condition);
    await this.finish(removeTimeoutMs);
  }
}

async function watch(handle: ContainerHandle, exit: ContainerExit, output: number): WorkerProcess['ended'] {
  const watching = new AbortController();
  const following = followIntoLog(handle, output, watching.signal).catch(() => undefined);
  const condition = await exit.condition;
  await within(LAST_WORDS_TIMEOUT_MS, following);
  watching.abort();
  return condition === null ? { code: null, signal: null } : howItEnded(condition);
}

/** Ends with what is waited for, or after that time. The time counts also where nothing else keeps the process alive. */
async function within(timeoutMs: number, waitedFor: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const timeout = sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([waitedFor, timeout]);
  over.abort();
}

/** The engine keeps the output in bounds of its own; where the connection breaks, it is read once more from the beginning. */
async function followIntoLog({ containers, id, log }: ContainerHandle, output: number, signal: AbortSignal): Promise<void> {
  let descriptor = output;
  for (;;) {
    const isOver = await followOnce(containers, id, descriptor, signal);
    if (isOver || signal.aborted) return;
    await sleep(RETRY_MS, undefined, { ref: false });
    if (signal.aborted) return;
    descriptor = log.startOver();
  }
}

/** @returns whether the container has ended, as it has when its output has, as a rule */
async function followOnce(containers: DetachedContainers, id: string, descriptor: number, signal: AbortSignal): Promise<boolean> {
  let isOpen = true;
  const write = (bytes: Uint8Array): void => {
    try {
      if (isOpen) writeSync(descriptor, bytes);
    } catch (_diskFull) {
      // Output is lost, the worker is not.
    }
  };
  try {
    await containers.followOutput(id, write, signal);
    const condition = await containers.inspect(id, signal);
    return condition === null || condition.status === 'ended';
  } catch (_brokenOff) {
    return false;
  } finally {
    isOpen = false;
    closeSync(descriptor);
  }
}

/** Shells and init programs report a signal as 128 and its number. */
export function howItEnded({ exitCode, ranOutOfMemory }: ContainerCondition): Awaited<WorkerProcess['ended']> {
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null;
  return { code: signal === null ? exitCode : null, signal, ranOutOfMemory };
}
