import { setTimeout as delay } from 'node:timers/promises';
import type { CreateSessionResponse } from '@interleave/contracts';
import { LeanClient } from '../harness/lean-client';
import type { RunningToolServer } from '../harness/running-tool-server';
import { ToolCaller } from '../harness/tool-caller';

/** Being told to come back is fine, but not for ever. */
const PATIENCE_MS = 10 * 60_000;
const LENGTH = 100_000;

const SETUP = (number: number): string => `
import numpy as np
state = np.arange(${LENGTH}, dtype=np.int64) * ${number + 1}
notes = {"number": ${number}, "mean": float(state.mean())}`;
const QUESTION = 'print(int(state.sum()), notes["number"], len(state[::2]))';

/** A session that holds something of its own and can be asked for it. */
export class StatefulSession {
  private constructor(
    private readonly caller: ToolCaller,
    private readonly id: string,
    private readonly number: number,
    readonly waitedMs: number,
    /** How often it was told to come back. */
    readonly refusals: number,
  ) {}

  static async open(server: RunningToolServer, number: number): Promise<StatefulSession> {
    const startMs = performance.now();
    const { id, refusals } = await openPatiently(server);
    const waitedMs = performance.now() - startMs;
    const caller = new ToolCaller(server);
    await caller.expect(caller.prepare(id, { code: SETUP(number) }), '');
    return new StatefulSession(caller, id, number, waitedMs, refusals);
  }

  /** Null, or what is wrong with what it holds. */
  async problem(): Promise<string | null> {
    const sum = ((LENGTH * (LENGTH - 1)) / 2) * (this.number + 1);
    try {
      await this.caller.expect(this.caller.prepare(this.id, { code: QUESTION }), `${sum} ${this.number} ${LENGTH / 2}\n`);
      return null;
    } catch (error) {
      return `session ${this.number}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async close(): Promise<void> {
    await this.caller.close(this.id);
    this.caller.disconnect();
  }
}

/** @throws at anything but a session or a 503 that says when to come back */
async function openPatiently({ url, token }: RunningToolServer): Promise<{ readonly id: string; readonly refusals: number }> {
  const http = LeanClient.to(url, token);
  const deadline = performance.now() + PATIENCE_MS;
  try {
    for (let refusals = 0; ; refusals += 1) {
      const { status, head, body } = await http.send(http.prepare('POST', '/v1/sessions', {}));
      if (status === 201) return { id: (JSON.parse(body) as CreateSessionResponse).session_id, refusals };
      const seconds = Number(/\r\nretry-after: *(\d+)/i.exec(head)?.[1]);
      const isClean = status === 503 && Number.isFinite(seconds) && body.includes('"sandbox_busy"');
      if (!isClean) throw new Error(`opening a session was answered ${status}: ${head} ${body}`);
      if (performance.now() > deadline) throw new Error(`no session within ${PATIENCE_MS / 60_000} minutes`);
      // Not all in the same instant.
      await delay(seconds * 1000 * (1 + Math.random()));
    }
  } finally {
    http.close();
  }
}
