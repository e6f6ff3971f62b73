import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@interleave/kernel';
import { within } from '@interleave/platform';
import { Agent, request } from 'undici';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface ServiceOptions {
  /** With `/v1`. */
  readonly url: string;
  readonly apiKey: string;
  readonly attempts: number;
  readonly timeoutMs: number;
  /** Wait before the second attempt; each further one waits twice as long. */
  readonly firstWaitMs?: number;
}

/** Asks the API, and asks again where that may help: busy, not ready, gone for a moment. Never where code has run already. */
export class AskService {
  // Answers take as long as their trajectories do.
  private readonly agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: null });

  constructor(private readonly options: ServiceOptions) {}

  async models(signal: AbortSignal): Promise<readonly string[]> {
    const { data } = (await this.ask('GET', '/models', null, signal)) as { data: readonly { id: string }[] };
    return data.map(({ id }) => id);
  }

  /** @throws AppError `worker_failed` with what the service said last */
  async ask(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    let waitMs = this.options.firstWaitMs ?? FIRST_WAIT_MS;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.send(method, path, body, signal);
      if ('answer' in result) return result.answer;
      signal.throwIfAborted();
      if (!result.mayTryAgain || attempt === this.options.attempts) throw new AppError('worker_failed', result.failure);
      await sleep(Math.max(waitMs, result.retryAfterMs), undefined, { signal });
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ answer: unknown } | { failure: string; mayTryAgain: boolean; retryAfterMs: number }> {
    const { url, apiKey, timeoutMs } = this.options;
    try {
      const { statusCode, headers, text } = await within(timeoutMs, signal, async (bounded) => {
        const answer = await request(url + path, {
          method,
          dispatcher: this.agent,
          signal: bounded,
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
          body: body === null ? null : JSON.stringify(body),
        });
        return { statusCode: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
      });
      if (statusCode === 200) return { answer: JSON.parse(text) as unknown };
      return {
        failure: `${statusCode} ${sentenceOf(text)}`,
        mayTryAgain: (statusCode === 429 || statusCode >= 500) && headers['x-should-retry'] !== 'false',
        retryAfterMs: 1000 * (Number(headers['retry-after']) || 0),
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { failure: `no answer from ${url}: ${message}`, mayTryAgain: true, retryAfterMs: 0 };
    }
  }
}

function sentenceOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string } };
    return error?.message ?? body.slice(0, 200);
  } catch (_notJson) {
    return body.slice(0, 200);
  }
}
