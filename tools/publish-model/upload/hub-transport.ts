import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { networkCode } from './hub-trouble';
import { PutOrder } from './put-order';
import { isRetriedStatus, PATIENT, retryAfterMs, retryDelayMs } from './retry';
import type { RetryPolicy } from './retry';

const PUTS_AT_ONCE = 4;
/** Without a byte in either direction. */
const STALLED_MS = 120_000;

/** What the library says about a transfer, in a field of `init` that fetch doesn't know. */
interface ProgressHint {
  readonly path?: string;
}

export interface TransportEvents {
  /** Bytes of a file on the wire; negative when they have to be sent again. */
  onBytes(path: string, bytes: number): void;
  onRetry(reason: string, delayMs: number): void;
}

/**
 * The `fetch` that is handed to @huggingface/hub. It tries again what can be tried again, part by part, and sends files as counted streams with
 * a known length. A commit is never repeated here: whether one that broke has landed must be looked at first.
 */
export class HubTransport {
  private readonly order = new PutOrder(PUTS_AT_ONCE);

  constructor(
    private readonly events: TransportEvents,
    private readonly policy: RetryPolicy = PATIENT,
  ) {}

  readonly fetch: typeof fetch = (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const { body, signal } = init ?? {};
    if (init?.method === 'PUT' && body instanceof Blob) {
      const path = (init as { progressHint?: ProgressHint }).progressHint?.path ?? url;
      return this.order.run(path, () => this.attempts(signal, () => this.put(url, body, path, init), isPassing));
    }
    // The hub's own redirects aren't needed for what is done here; following one would show the token to another host.
    const once = (): Promise<Response> => fetch(url, { ...init, redirect: 'manual' });
    return this.attempts(signal, once, isCommit(url) ? isRefusal : isPassing);
  };

  /** The hub has all parts of a file: those of the next may go. */
  fileIsWhole(path: string): void {
    this.order.isWhole(path);
  }

  /** When the upload has ended, in one way or the other. */
  close(): Promise<void> {
    return this.order.close();
  }

  /** @param mayRepeat asked with the status, or null when the connection broke */
  private async attempts(
    signal: AbortSignal | null | undefined,
    once: () => Promise<Response>,
    mayRepeat: (status: number | null) => boolean,
  ): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      let reason: string;
      let askedMs: number | null = null;
      try {
        const response = await once();
        if (attempt === this.policy.attempts || !mayRepeat(response.status)) return response;
        reason = `the hub answered ${response.status}`;
        askedMs = retryAfterMs(response.headers);
        await response.body?.cancel();
      } catch (error) {
        const code = networkCode(error);
        if (code === null || signal?.aborted || attempt === this.policy.attempts || !mayRepeat(null)) throw error;
        reason = `the connection broke (${code})`;
      }
      const delayMs = retryDelayMs(attempt, askedMs, this.policy, Math.random());
      this.events.onRetry(reason, delayMs);
      await sleep(delayMs, undefined, { signal: signal ?? undefined });
    }
  }

  private async put(url: string, content: Blob, path: string, init: RequestInit): Promise<Response> {
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      this.events.onBytes(path, bytes);
    };
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of content.stream() as unknown as AsyncIterable<Uint8Array>) {
        yield chunk;
        count(chunk.length);
      }
    }
    try {
      const { statusCode, headers, body } = await request(url, {
        method: 'PUT',
        headers: { ...(init.headers as Record<string, string> | undefined), 'content-length': String(content.size) },
        body: Readable.from(counted(), { objectMode: false }),
        signal: init.signal ?? undefined,
        headersTimeout: STALLED_MS,
        bodyTimeout: STALLED_MS,
        // One that the server has ended in the middle of a file must not be given the next.
        reset: true,
      });
      const response = new Response(await body.text(), { status: statusCode, headers: single(headers) });
      if (!response.ok) this.events.onBytes(path, -sent);
      return response;
    } catch (error) {
      this.events.onBytes(path, -sent);
      throw error;
    }
  }
}

function isPassing(status: number | null): boolean {
  return status === null || isRetriedStatus(status);
}

/** 429 says that nothing was done. */
function isRefusal(status: number | null): boolean {
  return status === 429;
}

function isCommit(url: string): boolean {
  return /\/api\/models\/[^/]+\/[^/]+\/commit\//.test(url);
}

function single(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
}
