import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendJson } from '../http/responses';
import type { FaultQueue, HubFault, HubRoute } from './fault';
import { gitIdOf } from './hub-repositories';
import type { HubFile, HubRepositoryState } from './hub-repositories';
import type { ObjectStore } from './object-store';

const SLOW_CHUNKS_PER_SECOND = 20;
const LAST_BYTES_MS = 100;

export interface HubDownloadsContext {
  readonly repositories: ReadonlyMap<string, HubRepositoryState>;
  readonly objects: ObjectStore;
  readonly faults: FaultQueue;
  readonly token: string;
  readonly treePage: number;
  readonly note: (route: HubRoute, status: number, bytes: number) => void;
}

/** The side of the hub that gives: revisions, lists, files in whole or from a byte on. Large files come from another host, as on the hub. */
export class HubDownloads {
  constructor(private readonly context: HubDownloadsContext) {}

  /** @returns false where the path is none of its own */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const path = decodeURIComponent(url.pathname);
    let found: RegExpExecArray | null;
    if ((found = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(path))) {
      this.reading('revision', found[1] ?? '', found[2] ?? '', request, response, (repository) => {
        this.json('revision', response, 200, {
          id: found?.[1],
          sha: repository.head.id,
          private: repository.isPrivate,
          gated: repository.isGated ? 'manual' : false,
        });
      });
    } else if ((found = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/(.+)$/.exec(path))) {
      this.reading('tree', found[1] ?? '', found[2] ?? '', request, response, (repository) => this.tree(repository, response, url));
    } else if ((found = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path))) {
      const [, name = '', revision = '', file = ''] = found;
      this.reading('resolve', name, revision, request, response, (repository) => this.resolve(repository, file, request, response, url));
    } else if ((found = /^\/cdn\/([0-9a-f]{64})$/.exec(path))) await this.cdn(found[1] ?? '', request, response);
    else return false;
    return true;
  }

  private reading(
    route: HubRoute,
    name: string,
    revision: string,
    request: IncomingMessage,
    response: ServerResponse,
    give: (repository: HubRepositoryState) => void,
  ): void {
    const fault = this.context.faults.next(route);
    if (fault?.kind === 'status') return this.struck(route, fault.status, response);
    const repository = this.context.repositories.get(name);
    const given = request.headers.authorization;
    const isKnown = given === `Bearer ${this.context.token}`;
    const refuse = (status: number, code: string | null, error: string): void =>
      this.json(route, response, status, { error }, { ...(code ? { 'x-error-code': code } : {}), 'x-error-message': error });
    if (given !== undefined && !isKnown) return refuse(401, null, 'Invalid credentials in Authorization header');
    // Whoever shows no token isn't told what there is.
    if (!repository || (repository.isPrivate && !isKnown))
      return refuse(given === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    if (!['main', ...repository.commits.map(({ id }) => id)].includes(revision)) return refuse(404, 'RevisionNotFound', 'Invalid rev id');
    if (route === 'resolve' && repository.isGated && !isKnown) return refuse(401, 'GatedRepo', 'Access to this model is restricted');
    give(repository);
  }

  private tree(repository: HubRepositoryState, response: ServerResponse, url: URL): void {
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const { treePage } = this.context;
    const all = repository.tree();
    const next = new URL(url);
    next.searchParams.set('cursor', String(start + treePage));
    const link: Record<string, string> = start + treePage < all.length ? { link: `<${next.href}>; rel="next"` } : {};
    this.json('tree', response, 200, all.slice(start, start + treePage), link);
  }

  private resolve(repository: HubRepositoryState, path: string, request: IncomingMessage, response: ServerResponse, url: URL): void {
    const file = repository.files.get(path);
    if (!file) return this.json('resolve', response, 404, { error: 'Entry not found' }, { 'x-error-code': 'EntryNotFound' });
    const headers = { 'x-repo-commit': repository.head.id, 'accept-ranges': 'bytes' };
    if (file.lfs === null) return void this.send('resolve', file, headers, request, response);
    this.context.note('resolve', 302, 0);
    // Another origin: what is meant for the hub must not be shown to it.
    const place = `http://${url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'}:${url.port}/cdn/${file.lfs}?signature=secret`;
    response.writeHead(302, { ...headers, location: place, 'x-linked-etag': `"${file.lfs}"`, 'x-linked-size': file.bytes }).end();
  }

  private async cdn(oid: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.context.faults.next('cdn');
    if (fault?.kind === 'status') return this.struck('cdn', fault.status, response);
    if (request.headers.authorization !== undefined) return this.json('cdn', response, 400, { error: 'Only one auth mechanism allowed' });
    const bytes = this.context.objects.size(oid);
    if (bytes === null) return this.json('cdn', response, 404, { error: 'NoSuchKey' });
    await this.send('cdn', { bytes, lfs: oid, content: null }, { 'accept-ranges': 'bytes' }, request, response, fault);
  }

  private async send(
    route: HubRoute,
    { bytes, lfs, content }: HubFile,
    headers: Record<string, string>,
    request: IncomingMessage,
    response: ServerResponse,
    fault: HubFault | null = null,
  ): Promise<void> {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start > 0 && start >= bytes) {
      this.context.note(route, 416, 0);
      response.writeHead(416, { 'content-range': `bytes */${bytes}` }).end();
      return;
    }
    const status = start > 0 ? 206 : 200;
    const range: Record<string, string> = start > 0 ? { 'content-range': `bytes ${start}-${bytes - 1}/${bytes}` } : {};
    response.writeHead(status, {
      ...headers,
      ...range,
      etag: `"${lfs ?? gitIdOf(content ?? Buffer.alloc(0))}"`,
      'content-length': bytes - start,
    });
    if (request.method === 'HEAD') {
      this.context.note(route, status, 0);
      response.end();
      return;
    }
    const limit = fault?.kind === 'break' ? Math.floor((bytes - start) * fault.fraction) : Infinity;
    const source = content ? Readable.from([content.subarray(start)]) : createReadStream(this.context.objects.path(lfs ?? ''), { start });
    let sent = 0;
    for await (const read of source as AsyncIterable<Buffer>) {
      for (const piece of fault?.kind === 'slow' ? inPieces(read, Math.ceil(fault.bytesPerSecond / SLOW_CHUNKS_PER_SECOND)) : [read]) {
        const chunk = piece.subarray(0, limit - sent);
        if (fault?.kind === 'corrupt' && sent === 0) chunk[0] = (chunk[0] ?? 0) ^ 0xff;
        if (response.destroyed) break;
        if (!response.write(chunk)) await untilWritable(response);
        sent += chunk.length;
        if (fault?.kind === 'slow') await sleep(1000 / SLOW_CHUNKS_PER_SECOND);
      }
      if (sent >= limit || response.destroyed) break;
    }
    this.context.note(route, status, sent);
    if (sent === bytes - start) return void response.end();
    // What was sent arrives before the end does.
    await sleep(LAST_BYTES_MS);
    response.destroy();
  }

  private struck(route: HubRoute, status: number, response: ServerResponse): void {
    this.json(route, response, status, { error: `Struck by a fault: ${status}` }, status === 429 ? { 'retry-after': '0' } : {});
  }

  private json(route: HubRoute, response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.context.note(route, status, 0);
    sendJson(response, status, body, headers);
  }
}

function inPieces(buffer: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(buffer.length / bytes) }, (_, index) => buffer.subarray(index * bytes, (index + 1) * bytes));
}

/** Or gone. */
function untilWritable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.once('drain', settle).once('close', settle);
  });
}
