import { availableParallelism } from 'node:os';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { processorTimes } from './processor-times';
import type { ProcessorTimes } from './processor-times';
import type { Holder, RunGate } from './run-gate';

const LOOK_EVERY_MS = 100;
/** A program that has run for less may be between two steps. */
const MIN_RUN_MS = 200;
/** Of all processors together, and of the one that a program may use. */
const IDLE_PROCESSORS = 0.5;
const SLEEPING_SHARE = 0.1;
/** To ask what a container has used is a request to the engine. */
const ASKED_AT_ONCE = 8;

/**
 * Permits share out processors, and a program that sleeps or waits needs none. While others wait for permits, those that sleep lose
 * theirs and run on. When processors are idle, some of those that have run for a while do sleep, and all of them are let go: one that
 * computes after all makes the processors busy. When they are busy, with these programs or others, each is asked for what it uses.
 */
export class SleeperWatch implements OnModuleInit, OnModuleDestroy {
  private machine: ProcessorTimes | null = null;
  private used = new Map<string, { readonly atMs: number; readonly processorMs: number }>();
  private timer: NodeJS.Timeout | null = null;
  private isLooking = false;

  constructor(
    private readonly gate: RunGate,
    private readonly times: () => ProcessorTimes = processorTimes,
    private readonly processors: number = availableParallelism(),
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  async look(): Promise<void> {
    if (this.gate.waitingCount === 0) {
      this.machine = null;
      this.used.clear();
      return;
    }
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const holders = this.gate.holders().filter(({ heldMs }) => heldMs >= MIN_RUN_MS);
      const isIdle = this.isMachineIdle();
      const sleepers = isIdle ? holders : await this.sleepersAmong(holders.slice(0, ASKED_AT_ONCE));
      if (sleepers.length > 0) this.gate.excuse(sleepers.map(({ runId }) => runId));
    } finally {
      this.isLooking = false;
    }
  }

  private isMachineIdle(): boolean {
    const now = this.times();
    const before = this.machine;
    this.machine = now;
    if (!before || now.total <= before.total) return false;
    return ((now.idle - before.idle) / (now.total - before.total)) * this.processors >= IDLE_PROCESSORS;
  }

  private async sleepersAmong(holders: readonly Holder[]): Promise<readonly Holder[]> {
    const before = this.used;
    this.used = new Map();
    const verdicts = await Promise.all(
      holders.map(async ({ runId, meter }) => {
        const processorMs = meter ? await meter() : null;
        if (processorMs === null) return false;
        const atMs = this.nowMs();
        const last = before.get(runId);
        // Kept until there is something to compare with.
        this.used.set(runId, last && atMs - last.atMs < MIN_RUN_MS ? last : { atMs, processorMs });
        return (
          last !== undefined && atMs - last.atMs >= MIN_RUN_MS && (processorMs - last.processorMs) / (atMs - last.atMs) < SLEEPING_SHARE
        );
      }),
    );
    return holders.filter((_holder, index) => verdicts[index]);
  }
}
