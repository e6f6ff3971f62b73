import { setTimeout as sleep } from 'node:timers/promises';
import type { HubFile } from '@interleave/worker-lifecycle';
import { EnvHttpProxyAgent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { HubAccess } from './hub-access';
import { HubRefusal, isPassing } from './hub-trouble';

const CONNECT_MS = 5_000;
/** Without a byte. */
const STALLED_MS = 30_000;
const MAX_REDIRECTS = 5;
const MAX_JSON_BYTES = 50_000_000;
const MAX_FILES = 20_000;
/** For questions that a person waits for. */
const ATTEMPTS = 3;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const COMMIT = /^[0-9a-f]{40}$/;

export interface HubRevision {
  readonly commit: string;
  /** Files are only given to those who accepted its conditions. */
  readonly isGated: boolean;
}

type Answer = Dispatcher.ResponseData;

/** The hub's side of a download. Knows the proxies of the environment. */
export class HubClient {
  private readonly dispatcher: Dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: STALLED_MS,
    bodyTimeout: STALLED_MS,
  });

  constructor(readonly access: HubAccess) {}

  /** @throws HubRefusal */
  async revision(id: string, revision: string | null, signal: AbortSignal): Promise<HubRevision> {
    const path = `/api/models/${id}/revision/${encodeURIComponent(revision ?? 'main')}`;
    const { body } = await this.json(`${this.access.endpoint}${path}`, signal);
    const commit: unknown = body !== null && typeof body === 'object' ? Reflect.get(body, 'sha') : null;
    if (typeof commit !== 'string' || !COMMIT.test(commit)) throw new HubRefusal(502, null, 'no commit', null);
    const gated: unknown = Reflect.get(body as object, 'gated');
    return { commit, isGated: gated !== false && gated !== undefined };
  }

  /** All files of a commit. @throws HubRefusal */
  async files(id: string, commit: string, signal: AbortSignal): Promise<HubFile[]> {
    const files: HubFile[] = [];
    let url: string | null = `${this.access.endpoint}/api/models/${id}/tree/${commit}?recursive=true`;
    while (url !== null && files.length < MAX_FILES) {
      const { body, next } = await this.json(url, signal);
      if (!Array.isArray(body)) throw new HubRefusal(502, null, 'no list', null);
      for (const entry of body as readonly unknown[]) files.push(...toFile(entry));
      url = next;
    }
    return files;
  }

  /** Whether the files may be had at all. @throws HubRefusal */
  async checkAccess(id: string, commit: string, path: string, signal: AbortSignal): Promise<void> {
    const { body } = await this.persistently(() => this.send('HEAD', this.fileUrl(id, commit, path), {}, signal), signal);
    await body.dump();
  }

  /** A file from a byte on: 206, or 200 where the server gives all of it. @throws HubRefusal */
  open(id: string, commit: string, path: string, fromByte: number, signal: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity', ...(fromByte > 0 ? { range: `bytes=${fromByte}-` } : {}) };
    return this.send('GET', this.fileUrl(id, commit, path), headers, signal);
  }

  async close(): Promise<void> {
    await this.dispatcher.close();
  }

  private fileUrl(id: string, commit: string, path: string): string {
    return `${this.access.endpoint}/${id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }

  private async json(url: string, signal: AbortSignal): Promise<{ body: unknown; next: string | null }> {
    return this.persistently(async () => {
      const answer = await this.send('GET', url, { accept: 'application/json' }, signal);
      const text = await readText(answer);
      const next = /<([^>]+)>;\s*rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1];
      // The list goes on where it began, or nowhere: the token goes along.
      const url2 = next === undefined ? null : new URL(next, url);
      return { body: JSON.parse(text) as unknown, next: url2 !== null && url2.origin === new URL(url).origin ? url2.href : null };
    }, signal);
  }

  private async persistently<Result>(ask: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        if (signal.aborted || attempt === ATTEMPTS || !isPassing(error)) throw error;
        await sleep(retryDelayMs(attempt, error), undefined, { signal });
      }
    }
  }

  private async send(method: 'GET' | 'HEAD', firstUrl: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const origin = new URL(firstUrl).origin;
    let url = firstUrl;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const isHub = new URL(url).origin === origin;
      const token = this.access.token;
      const answer = await request(url, {
        method,
        dispatcher: this.dispatcher,
        signal,
        // Files come from other hosts, with a signature of their own: the token is none of their business.
        headers: { 'user-agent': 'interleave', ...headers, ...(isHub && token !== null ? { authorization: `Bearer ${token}` } : {}) },
      });
      const location = answer.headers['location'];
      // Whom a file is given to is decided here already, and the address that it comes from takes no other question than for the file.
      const isGiven = method === 'HEAD' && typeof location === 'string' && new URL(location, url).origin !== origin;
      const isRedirect = !isGiven && answer.statusCode >= 301 && answer.statusCode <= 308 && typeof location === 'string';
      if (!isRedirect) {
        if (answer.statusCode >= 400) throw await refusalOf(answer);
        return answer;
      }
      await answer.body.dump();
      url = new URL(location, url).href;
    }
    throw new HubRefusal(508, null, 'too many redirects', null);
  }
}

/** Twice as long every time, with some chance in it, and not shorter than the server asks. */
export function retryDelayMs(attempt: number, error: unknown): number {
  const own = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
  const asked = error instanceof HubRefusal ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(own, Math.min(asked, LONGEST_DELAY_MS));
}

async function refusalOf(answer: Answer): Promise<HubRefusal> {
  const { headers, statusCode } = answer;
  const said = `${String(headers['x-error-message'] ?? '')} ${await readText(answer).catch(() => '')}`.slice(0, 500);
  const seconds = Number(headers['retry-after'] ?? NaN);
  const code = headers['x-error-code'];
  return new HubRefusal(statusCode, typeof code === 'string' ? code : null, said, Number.isFinite(seconds) ? seconds * 1000 : null);
}

async function readText({ body }: Answer): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) throw new HubRefusal(502, null, 'too long an answer', null);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** An entry of a tree; what is no file is left out. */
function toFile(entry: unknown): HubFile[] {
  const { type, path, size, oid, lfs } = (entry ?? {}) as {
    type?: unknown;
    path?: unknown;
    size?: unknown;
    oid?: unknown;
    lfs?: { oid?: unknown };
  };
  if (type !== 'file' || typeof path !== 'string' || typeof oid !== 'string' || !COMMIT.test(oid)) return [];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
  const sha256 = typeof lfs?.oid === 'string' && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null;
  return [{ path, bytes: size, gitId: oid, sha256 }];
}
