import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred } from '@interleave/kernel';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { PinoLogger } from 'nestjs-pino';
import type { ToolServerClient } from './tool-server-client';

const ASK_EVERY_MS = 5_000;
/** How long the gateway's start waits for the first answer. */
const FIRST_ANSWER_MS = 1_000;

/** Asks the tool server again and again how many sessions it has, and tells whoever admits trajectories. What it said last holds while it is away. */
export class ToolCapacity implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly abort = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ToolServerClient,
    private readonly onSessions: (max: number) => void,
    private readonly log: PinoLogger,
  ) {}

  /** The first requests find the limit in force; a tool server that is away or slow is not waited for. */
  async onApplicationBootstrap(): Promise<void> {
    const asked = new Deferred<void>();
    this.following = this.follow(this.abort.signal, () => asked.resolve());
    await Promise.race([asked.promise, sleep(FIRST_ANSWER_MS, undefined, { ref: false })]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort();
    await this.following;
  }

  private async follow(signal: AbortSignal, onAsked: () => void): Promise<void> {
    let isAway = false;
    while (!signal.aborted) {
      try {
        const { sessions } = await this.client.capabilities(signal);
        this.onSessions(sessions.max);
        isAway = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!isAway) this.log.warn({ event: 'tool-server-away', reason: error instanceof Error ? error.message : String(error) });
        isAway = true;
      }
      onAsked();
      await sleep(ASK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
