import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VllmCompletionChunk } from '@interleave/contracts';
import { LoopbackServer, readJsonEvents } from '@interleave/testing';
import { UNDISTURBED } from './disturbance';
import type { Disturbance } from './disturbance';

/** One round as it went over the wire. */
export interface WireRound {
  readonly promptIds: readonly number[];
  /** Strings that the worker was to stop at. */
  readonly stops: readonly string[];
  readonly sentIds: number[];
  /** When it was asked for, and when its last words were passed on. */
  readonly startedAtMs: number;
  endedAtMs: number;
  /** Whether it goes on where the one before was cut: then the gateway may end it itself, and take fewer ids than are sent. */
  readonly isContinued: boolean;
  /** Whether its connection was cut. */
  isCut: boolean;
}

/** Stands between gateway and worker and writes down every round, by the seed of its trajectory. */
export class RecordingProxy {
  /** Rounds whose connection was cut. */
  cuts = 0;
  private readonly roundsBySeed = new Map<number, WireRound[]>();
  private readonly servers: readonly LoopbackServer[];

  private constructor(
    private readonly workerUrl: string,
    private readonly workerKey: string | null,
    private readonly disturbance: Disturbance | null,
  ) {
    // Where one is cut off there must be another one to go on with: to the gateway they are two workers.
    const count = disturbance === null ? 1 : 2;
    this.servers = Array.from({ length: count }, () => new LoopbackServer((request, response) => void this.pass(request, response)));
  }

  static async start(workerUrl: string, workerKey: string | null, disturbance: Disturbance | null = null): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(workerUrl, workerKey, disturbance);
    await Promise.all(proxy.servers.map((server) => server.start()));
    return proxy;
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  /** In order, and forgotten with that. */
  takeRounds(seed: number): readonly WireRound[] {
    const rounds = this.roundsBySeed.get(seed) ?? [];
    this.roundsBySeed.delete(seed);
    return rounds;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const startedAtMs = performance.now();
    try {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const answer = await fetch(this.workerUrl + (request.url ?? '/'), {
        method: request.method ?? 'GET',
        headers: {
          'content-type': 'application/json',
          ...(this.workerKey === null ? {} : { authorization: `Bearer ${this.workerKey}` }),
        },
        ...(body.length > 0 ? { body } : {}),
        signal: leaving.signal,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
      const { seed, prompt, stops } = parse(body);
      if (request.url !== '/v1/completions' || seed === null || prompt === null || !answer.ok || answer.body === null) {
        response.end(Buffer.from(await answer.arrayBuffer()));
        return;
      }
      const before = this.roundsBySeed.get(seed) ?? [];
      const isContinued = goesOnAfter(before.at(-1), prompt);
      const round: WireRound = { promptIds: prompt, stops, sentIds: [], startedAtMs, endedAtMs: startedAtMs, isContinued, isCut: false };
      this.roundsBySeed.set(seed, [...before, round]);
      await this.passRound(round, seed, readJsonEvents<VllmCompletionChunk>(answer), response);
    } catch (_broken) {
      // The gateway sees what it would see of a worker that went away.
      response.destroy();
    }
  }

  private async passRound(
    round: WireRound,
    seed: number,
    chunks: AsyncIterable<VllmCompletionChunk>,
    response: ServerResponse,
  ): Promise<void> {
    const { cutAfterFrames, framesTogether } = this.disturbance?.next(seed) ?? UNDISTURBED;
    let count = 0;
    let held = '';
    const pass = (frames: string): void => {
      response.write(frames);
      round.endedAtMs = performance.now();
    };
    for await (const chunk of chunks) {
      const frame = `data: ${JSON.stringify(chunk)}\n\n`;
      if (this.disturbance && count === cutAfterFrames) {
        this.cuts += 1;
        round.isCut = true;
        pass(held + this.disturbance.partOf(frame));
        response.socket?.destroySoon();
        return;
      }
      count += 1;
      round.sentIds.push(...(chunk.choices[0]?.token_ids ?? []));
      held += frame;
      if (count % framesTogether !== 0) continue;
      pass(held);
      held = '';
    }
    pass(held);
    response.end('data: [DONE]\n\n');
  }
}

/** After a cut, the round goes on with all that was sent, in several parts where one of them completes a character. */
function goesOnAfter(last: WireRound | undefined, prompt: readonly number[]): boolean {
  if (!last || !(last.isCut || last.isContinued)) return false;
  return prompt.length === last.promptIds.length + last.sentIds.length;
}

interface AskedRound {
  readonly seed: number | null;
  readonly prompt: readonly number[] | null;
  readonly stops: readonly string[];
}

function parse(body: Buffer): AskedRound {
  if (body.length === 0) return { seed: null, prompt: null, stops: [] };
  const { seed, prompt, stop } = JSON.parse(body.toString('utf8')) as { seed?: number; prompt?: unknown; stop?: readonly string[] };
  return { seed: seed ?? null, prompt: Array.isArray(prompt) ? (prompt as number[]) : null, stops: stop ?? [] };
}
