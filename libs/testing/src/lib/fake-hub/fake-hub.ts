import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopbackServer } from '../http/loopback-server';
import { readJsonBody, readTextBody } from '../http/read-json-body';
import { sendJson } from '../http/responses';
import { FaultQueue, parseFault } from './fault';
import type { HubFault, HubRoute } from './fault';
import { HubDownloads } from './hub-downloads';
import { HubRepositoryState, regular } from './hub-repositories';
import type { HubFile } from './hub-repositories';
import { ObjectStore } from './object-store';

const LARGE_FILE_BYTES = 10_000_000;
const LARGE_FILE_NAMES = /\.(safetensors|bin|zip|gguf|pt)$/;

export interface FakeHubOptions {
  readonly token?: string;
  /** Namespaces that the token may write to. */
  readonly namespaces?: readonly string[];
  /** Larger files come in parts of this size. */
  readonly partBytes?: number;
  /** Bytes that the account has room for. */
  readonly quotaBytes?: number;
  /** Files in one answer of a list. */
  readonly treePage?: number;
}

interface Received {
  readonly route: HubRoute;
  readonly status: number;
  readonly bytes: number;
}

/** The routes of the Hugging Face hub that an upload needs, on 127.0.0.1, with faults on demand. */
export class FakeHub {
  readonly repositories = new Map<string, HubRepositoryState>();
  /** Every request that was answered or cut, in order. */
  readonly received: Received[] = [];
  readonly token: string;
  private readonly namespaces: readonly string[];
  private readonly partBytes: number;
  private readonly quotaBytes: number;
  openRequests = 0;
  private readonly faults = new FaultQueue();
  private readonly folder = mkdtempSync(join(tmpdir(), 'fake-hub-'));
  private readonly objects = new ObjectStore(this.folder);
  private readonly downloads: HubDownloads;
  private readonly server: LoopbackServer;

  private constructor(options: FakeHubOptions) {
    const { token = 'hf_fake', namespaces = ['org'], partBytes = 20_000_000, quotaBytes = Infinity, treePage = 1000 } = options;
    this.token = token;
    this.namespaces = namespaces;
    this.partBytes = partBytes;
    this.quotaBytes = quotaBytes;
    const { repositories, objects, faults } = this;
    const note = (route: HubRoute, status: number, bytes: number): void => void this.received.push({ route, status, bytes });
    this.downloads = new HubDownloads({ repositories, objects, faults, token, treePage, note });
    this.server = new LoopbackServer((request, response) => {
      this.openRequests += 1;
      response.once('close', () => (this.openRequests -= 1));
      this.handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) sendJson(response, 500, { error: String(error) });
        else response.destroy();
      });
    });
  }

  static async start(options: FakeHubOptions = {}, port = 0): Promise<FakeHub> {
    const hub = new FakeHub(options);
    await hub.server.start(port);
    return hub;
  }

  get url(): string {
    return this.server.url;
  }

  /** See `parseFault`. */
  strike(...faults: readonly string[]): void {
    for (const fault of faults) this.faults.add(parseFault(fault));
  }

  /** No more faults. */
  forgive(): void {
    this.faults.clear();
  }

  /** Bytes of large files that came in, also those of transfers that broke. */
  get receivedFileBytes(): number {
    return this.received.filter(({ route }) => route === 'put').reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes of large files that are whole; the rest of what came in is lost. */
  get keptFileBytes(): number {
    return this.objects.keptBytes;
  }

  /** Makes a repository of these files, or the next commit of one that is there. */
  async publish(
    name: string,
    files: Readonly<Record<string, Buffer | string>>,
    { isPrivate = false, isGated = false }: { readonly isPrivate?: boolean; readonly isGated?: boolean } = {},
  ): Promise<string> {
    const repository = this.repositories.get(name) ?? new HubRepositoryState(isPrivate, isGated);
    this.repositories.set(name, repository);
    const stored = new Map<string, HubFile>();
    for (const [path, text] of Object.entries(files)) {
      const content = Buffer.from(text);
      const isLarge = LARGE_FILE_NAMES.test(path) || content.length > LARGE_FILE_BYTES;
      stored.set(path, isLarge ? { bytes: content.length, lfs: await this.objects.add(content), content: null } : regular(content));
    }
    return repository.commit('published', stored).id;
  }

  /** Bytes of files that went out. */
  get givenFileBytes(): number {
    return this.received.filter(({ route }) => route === 'cdn' || route === 'resolve').reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Content of a file of main. */
  async read(name: string, path: string): Promise<Buffer | null> {
    const file = this.repositories.get(name)?.files.get(path);
    if (!file) return null;
    return file.content ?? readFile(this.objects.path(file.lfs ?? ''));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const path = decodeURIComponent(url.pathname);
    const match = (pattern: RegExp): string[] | null => pattern.exec(path)?.slice(1) ?? null;
    const on = async (route: HubRoute, answer: () => Promise<[number, unknown, Record<string, string>?]>): Promise<void> => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      // Listening lets the body flow; it waits until someone takes it.
      request.pause();
      const note = (status: number): void => void this.received.push({ route, status, bytes });
      const fault = this.faults.next(route);
      if (fault && fault.kind !== 'lose-answer') return this.strikeNow(fault, request, response, note);
      const isFree = route === 'put' || route === 'complete';
      const [status, body, headers] =
        isFree || request.headers.authorization === `Bearer ${this.token}`
          ? await answer()
          : [401, { error: 'Invalid username or password.' }];
      note(status);
      if (fault) response.destroy();
      else sendJson(response, status, body, headers);
    };

    let found: string[] | null;
    if (path === '/api/whoami-v2')
      return on('whoami', async () => [
        200,
        {
          type: 'user',
          name: 'tester',
          orgs: this.namespaces.map((name) => ({ name })),
          auth: { type: 'access_token', accessToken: { displayName: 'test', role: 'write', createdAt: '2026-01-01T00:00:00.000Z' } },
        },
      ]);
    if (path === '/api/repos/create') return on('create', async () => this.create(await readJson(request)));
    if ((found = match(/^\/api\/models\/([^/]+\/[^/]+)\/preupload\/main$/)))
      return on('preupload', async () => this.preupload(found?.[0] ?? '', await readJson(request)));
    if ((found = match(/^\/api\/models\/([^/]+\/[^/]+)\/commit\/main$/)))
      return on('commit', async () => this.commit(found?.[0] ?? '', await readTextBody(request)));
    if ((found = match(/^\/api\/models\/([^/]+\/[^/]+)$/))) return on('info', async () => this.info(found?.[0] ?? ''));
    if ((found = match(/^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/)))
      return on('batch', async () => this.batch(found?.[0] ?? '', await readJson(request)));
    if ((found = match(/^\/lfs\/([0-9a-f]{64})\/(\d+)$/)))
      return on('put', async () => this.put(found?.[0] ?? '', Number(found?.[1]), request, url));
    if ((found = match(/^\/lfs\/([0-9a-f]{64})\/complete$/)))
      return on('complete', async () => this.complete(found?.[0] ?? '', await readJson(request)));
    if (await this.downloads.answer(request, response, url)) return;
    return sendJson(response, 404, { error: `Cannot ${request.method} ${path}` });
  }

  private strikeNow(fault: HubFault, request: IncomingMessage, response: ServerResponse, note: (status: number) => void): void {
    if (fault.kind === 'status') {
      // The body is read, so that the answer and not a broken connection is what the client sees.
      request.resume();
      request.once('end', () => {
        note(fault.status);
        sendJson(
          response,
          fault.status,
          { error: `Struck by a fault: ${fault.status}` },
          fault.status === 429 ? { 'retry-after': '0' } : {},
        );
      });
      return;
    }
    if (fault.kind === 'break') {
      const limit = fault.fraction * Number(request.headers['content-length'] ?? 0);
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes < limit) return;
        request.removeAllListeners('data');
        note(0);
        request.destroy();
      });
      request.resume();
    }
  }

  private async create({
    organization,
    name,
    visibility,
  }: {
    organization?: string;
    name?: string;
    visibility?: string;
  }): Promise<[number, unknown]> {
    const full = `${organization}/${name}`;
    if (!this.namespaces.includes(organization ?? '')) {
      return [403, { error: `You don't have the rights to create a model under the namespace "${organization}"` }];
    }
    if (this.repositories.has(full)) return [409, { error: 'You already created this model repo', url: `${this.url}/${full}` }];
    this.repositories.set(full, new HubRepositoryState(visibility === 'private'));
    return [200, { url: `${this.url}/${full}`, id: full, name: full }];
  }

  private async info(name: string): Promise<[number, unknown]> {
    const repository = this.repositories.get(name);
    return repository ? [200, { _id: '0', id: name, private: repository.isPrivate, likes: 0 }] : [404, { error: 'Repository not found' }];
  }

  private async preupload(name: string, { files }: { files: { path: string; size: number }[] }): Promise<[number, unknown]> {
    if (!this.mayWrite(name)) return this.refuse(name);
    const mode = ({ path, size }: { path: string; size: number }): string =>
      LARGE_FILE_NAMES.test(path) || size > LARGE_FILE_BYTES ? 'lfs' : 'regular';
    return [200, { files: files.map((file) => ({ path: file.path, uploadMode: mode(file), shouldIgnore: false })) }];
  }

  private async batch(
    name: string,
    { objects }: { objects: { oid: string; size: number }[] },
  ): Promise<[number, unknown, Record<string, string>]> {
    const headers = { 'content-type': 'application/vnd.git-lfs+json' };
    if (!this.mayWrite(name)) return [...this.refuse(name), headers];
    const isMultipart = objects.some(({ size }) => size > this.partBytes);
    const used = [...this.repositories.values()].flatMap(({ files }) => [...files.values()]).reduce((sum, { bytes }) => sum + bytes, 0);
    const wanted = objects.reduce((sum, { size }) => sum + size, 0);
    if (used + wanted > this.quotaBytes)
      return [403, { error: 'Private repository storage limit reached, please upgrade your plan' }, { 'content-type': 'application/json' }];
    return [
      200,
      {
        transfer: isMultipart ? 'multipart' : 'basic',
        objects: objects.map(({ oid, size }) => ({
          oid,
          size,
          authenticated: true,
          ...(this.objects.has(oid, size) ? {} : { actions: { upload: this.uploadAction(oid, size) } }),
        })),
      },
      headers,
    ];
  }

  /** Large files: one signed address a part, by number, in the header of the action; that is how the hub says it. */
  private uploadAction(oid: string, size: number): object {
    const address = (part: number): string => `${this.url}/lfs/${oid}/${part}?signature=secret`;
    if (size <= this.partBytes) return { href: `${address(1)}&whole=true` };
    const parts = Array.from({ length: Math.ceil(size / this.partBytes) }, (_, index) => index + 1);
    return {
      href: `${this.url}/lfs/${oid}/complete`,
      header: {
        chunk_size: String(this.partBytes),
        ...Object.fromEntries(parts.map((part) => [String(part).padStart(5, '0'), address(part)])),
      },
    };
  }

  private async put(oid: string, part: number, request: IncomingMessage, url: URL): Promise<[number, unknown, Record<string, string>?]> {
    if (request.headers['content-length'] === undefined) return [411, { error: 'MissingContentLength' }];
    const etag = await this.objects.putPart(oid, part, request);
    if (!url.searchParams.has('whole')) return [200, {}, { etag }];
    return (await this.objects.complete(oid, 1)) ? [200, {}, { etag }] : [400, { error: 'The object is not what its oid says' }];
  }

  private async complete(oid: string, { parts }: { parts: { partNumber: number; etag: string }[] }): Promise<[number, unknown]> {
    const isOrdered = parts.every(({ partNumber, etag }, index) => partNumber === index + 1 && etag !== '');
    const isRight = isOrdered && (await this.objects.complete(oid, parts.length));
    return isRight ? [200, { success: true }] : [400, { error: 'The parts do not make the object' }];
  }

  private async commit(name: string, body: string): Promise<[number, unknown]> {
    if (!this.mayWrite(name)) return this.refuse(name);
    const lines = body.split('\n').map((line) => JSON.parse(line) as { key: string; value: Record<string, string> & { size?: number } });
    const header = lines.find(({ key }) => key === 'header')?.value;
    const files = new Map<string, HubFile>();
    for (const { key, value } of lines) {
      if (key === 'file') files.set(value['path'] ?? '', regular(Buffer.from(value['content'] ?? '', 'base64')));
      if (key === 'lfsFile') {
        const { oid = '', path = '', size = 0 } = value;
        if (!this.objects.has(oid, Number(size))) return [400, { error: `LFS pointer pointed to a file that does not exist: ${path}` }];
        files.set(path, { bytes: Number(size), lfs: oid, content: null });
      }
    }
    const commit = this.repositories.get(name)?.commit(header?.['summary'] ?? '', files);
    return [200, { success: true, commitOid: commit?.id, commitUrl: `${this.url}/${name}/commit/${commit?.id}`, hookOutput: '' }];
  }

  private mayWrite(name: string): boolean {
    return this.repositories.has(name) && this.namespaces.includes(name.split('/')[0] ?? '');
  }

  private refuse(name: string): [number, unknown] {
    return this.repositories.has(name) ? [403, { error: 'You have read access only' }] : [404, { error: 'Repository not found' }];
  }
}

async function readJson<Body>(request: IncomingMessage): Promise<Body> {
  return (await readJsonBody(request)) as Body;
}
