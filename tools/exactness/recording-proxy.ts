import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VllmCompletionChunk } from '@interleave/contracts';
import { LoopbackServer, readJsonEvents } from '@interleave/testing';

/** One round as it went over the wire. */
export interface WireRound {
  readonly promptIds: readonly number[];
  readonly sentIds: number[];
  /** When it was asked for, and when its last words were passed on. */
  readonly startedAtMs: number;
  endedAtMs: number;
}

/** Stands between gateway and worker and writes down every round, by the seed of its trajectory. */
export class RecordingProxy {
  private readonly roundsBySeed = new Map<number, WireRound[]>();
  private readonly server = new LoopbackServer((request, response) => void this.pass(request, response));

  private constructor(
    private readonly workerUrl: string,
    private readonly workerKey: string | null,
  ) {}

  static async start(workerUrl: string, workerKey: string | null): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(workerUrl, workerKey);
    await proxy.server.start();
    return proxy;
  }

  get url(): string {
    return this.server.url;
  }

  /** In order, and forgotten with that. */
  takeRounds(seed: number): readonly WireRound[] {
    const rounds = this.roundsBySeed.get(seed) ?? [];
    this.roundsBySeed.delete(seed);
    return rounds;
  }

  stop(): Promise<void> {
    return this.server.stop();
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
      const { seed, prompt } = parse(body);
      if (request.url !== '/v1/completions' || seed === null || prompt === null || !answer.ok || answer.body === null) {
        response.end(Buffer.from(await answer.arrayBuffer()));
        return;
      }
      const round: WireRound = { promptIds: prompt, sentIds: [], startedAtMs, endedAtMs: startedAtMs };
      this.roundsBySeed.set(seed, [...(this.roundsBySeed.get(seed) ?? []), round]);
      for await (const chunk of readJsonEvents<VllmCompletionChunk>(answer)) {
        round.sentIds.push(...(chunk.choices[0]?.token_ids ?? []));
        round.endedAtMs = performance.now();
        response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      }
      response.end('data: [DONE]\n\n');
    } catch (_broken) {
      // The gateway sees what it would see of a worker that went away.
      response.destroy();
    }
  }
}

function parse(body: Buffer): { readonly seed: number | null; readonly prompt: readonly number[] | null } {
  if (body.length === 0) return { seed: null, prompt: null };
  const { seed, prompt } = JSON.parse(body.toString('utf8')) as { seed?: number; prompt?: unknown };
  return { seed: seed ?? null, prompt: Array.isArray(prompt) ? (prompt as number[]) : null };
}
