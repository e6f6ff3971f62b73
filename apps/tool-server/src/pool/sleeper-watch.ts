import { availableParallelism } from 'node:os';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { processorTimes } from './processor-times';
import type { ProcessorTimes } from './processor-times';
import type { RunGate } from './run-gate';

const LOOK_EVERY_MS = 100;
/** A program that has run for less may be between two steps. */
const MIN_RUN_MS = 200;
const IDLE_PROCESSORS = 0.5;

/**
 * Permits share out processors, and a program that sleeps or waits needs none. Which one sleeps can't be seen from here at a bearable
 * price, but that some do: programs wait for permits while processors are idle. Then those that have run for a while keep no permit.
 * If one of them computes after all, the processors are busy at the next look, and no more are let in than permits come back.
 */
export class SleeperWatch implements OnModuleInit, OnModuleDestroy {
  private last: ProcessorTimes | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly gate: RunGate,
    private readonly times: () => ProcessorTimes = processorTimes,
    private readonly processors: number = availableParallelism(),
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  look(): void {
    if (this.gate.waitingCount === 0) {
      this.last = null;
      return;
    }
    const now = this.times();
    const before = this.last;
    this.last = now;
    if (before && this.idleProcessors(before, now) >= IDLE_PROCESSORS) this.gate.excuse(MIN_RUN_MS);
  }

  private idleProcessors(before: ProcessorTimes, now: ProcessorTimes): number {
    const total = now.total - before.total;
    return total <= 0 ? 0 : ((now.idle - before.idle) / total) * this.processors;
  }
}
