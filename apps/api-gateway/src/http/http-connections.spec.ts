import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { exchange } from './exchange';
import type { BodyReader, TextReply } from './exchange';
import { HttpConnections } from './http-connections';

const NEVER = new AbortController().signal;

describe('requests over kept-alive connections', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  let nowMs = 1_000_000;
  let connections: HttpConnections;

  beforeEach(() => {
    connections = new HttpConnections({ keepAliveMs: 4000, connectTimeoutMs: 5000 }, () => nowMs);
  });

  afterEach(async () => {
    await connections.onApplicationShutdown();
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    server.on('connection', (socket: Socket) => sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const serve = (listener: RequestListener): Promise<string> => listen(createServer({ keepAliveTimeout: 60_000 }, listener));

  /** Answers every request with these bytes, whatever it says. */
  const say = (...parts: string[]): Promise<string> =>
    listen(
      createSocketServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => parts.forEach((part) => socket.write(part)));
      }),
    );

  const ask = (
    origin: string,
    options: Partial<Dispatcher.DispatchOptions> = {},
    { signal = NEVER, reader }: { signal?: AbortSignal; reader?: BodyReader } = {},
  ): Promise<TextReply> =>
    exchange(connections, { origin, path: '/', method: 'GET', body: null, ...options }, signal, () => reader ?? null);

  it('carry what is sent, as UTF-8, and bring what is answered', async () => {
    const origin = await serve((request, response) => {
      request.setEncoding('utf8');
      request.on('data', (text) =>
        response.setHeader('x-length', request.headers['content-length'] ?? '').end(`${request.method} ${text}`),
      );
    });
    const { status, headers, text } = await ask(origin, {
      method: 'POST',
      body: '{"a":"ä 🐍"}',
      headers: { 'content-type': 'application/json' },
    });

    expect([status, headers['x-length'], text]).toEqual([200, '15', 'POST {"a":"ä 🐍"}']);
  });

  it('find a host by its name', async () => {
    const origin = await serve((_request, response) => response.end('here'));
    expect((await ask(origin.replace('127.0.0.1', 'localhost'))).text).toBe('here');
  });

  it('share one connection one after another, and have one each side by side', async () => {
    const origin = await serve((request, response) => response.end(String(request.socket.remotePort)));
    const one = await ask(origin);
    const again = await ask(origin);
    const both = await Promise.all([ask(origin), ask(origin)]);

    expect(again.text).toBe(one.text);
    expect(new Set(both.map(({ text }) => text)).size).toBe(2);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['longer than ours', {}, 4001],
    ['longer than the server said', { 'keep-alive': 'timeout=3' }, 2001],
  ])('leave a connection that was idle for %s', async (_what, headers, idleMs) => {
    const origin = await serve((_request, response) => response.writeHead(200, headers).end('ok'));
    await ask(origin);
    nowMs += idleMs;
    await ask(origin);

    expect(sockets).toHaveLength(2);
  });

  it('leave a connection that the server closed meanwhile', async () => {
    const origin = await serve((_request, response) => response.end('ok'));
    await ask(origin);
    sockets[0]?.end();
    await sleep(20);

    expect((await ask(origin)).text).toBe('ok');
    expect(sockets).toHaveLength(2);
  });

  it('fail with the code of the system where nobody listens', async () => {
    const origin = await serve(() => undefined);
    servers[0]?.close();
    await expect(ask(origin)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['no answer comes', [], 'UND_ERR_HEADERS_TIMEOUT'],
    ['an answer stops coming', ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'], 'UND_ERR_BODY_TIMEOUT'],
  ])('fail where %s in time', async (_when, parts, code) => {
    const origin = await say(...parts);
    const asked = ask(origin, { headersTimeout: 10_000, bodyTimeout: 20_000 });
    asked.catch(() => undefined);
    await sleep(100);
    nowMs += 20_001;

    await expect(asked).rejects.toMatchObject({ code });
  });

  it.each([
    ['is cut short', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', 'UND_ERR_SOCKET'],
    ['does not come', '', 'UND_ERR_SOCKET'],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'UND_ERR_RESPONSE'],
  ])('fail where an answer %s', async (_what, bytes, code) => {
    const origin = await listen(
      createSocketServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => socket.end(bytes));
      }),
    );
    await expect(ask(origin)).rejects.toMatchObject({ code });
  });

  it('hang up when the answer is no longer wanted', async () => {
    const origin = await say('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    const abort = new AbortController();
    const asked = ask(origin, {}, { signal: abort.signal });
    await sleep(50);
    const closed = once(sockets[0] as Socket, 'close');
    abort.abort(new Error('the client left'));

    await expect(asked).rejects.toThrow('the client left');
    await closed;
  });

  it('fail with what the reader of the body throws', async () => {
    const origin = await say('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    const reader = (): never => {
      throw new Error('this is no event');
    };
    await expect(ask(origin, {}, { reader })).rejects.toThrow('this is no event');
  });

  it('read no more while the reader pauses, and all of it in the end', async () => {
    const body = 'x'.repeat(4 * 1024 * 1024);
    const origin = await serve((_request, response) => response.end(body));
    let isPaused = false;
    const heardWhilePaused: number[] = [];
    let length = 0;
    await new Promise<void>((resolve, reject) => {
      connections.dispatch(
        { origin, path: '/', method: 'GET' },
        {
          onResponseData(controller, bytes) {
            length += bytes.length;
            if (isPaused) heardWhilePaused.push(bytes.length);
            if (length > bytes.length) return;
            isPaused = true;
            controller.pause();
            setTimeout(() => {
              isPaused = false;
              controller.resume();
            }, 100);
          },
          onResponseEnd: () => resolve(),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });

    expect(heardWhilePaused).toEqual([]);
    expect(length).toBe(body.length);
  });

  it('carry the next request where the reader of the last one had paused at its end', async () => {
    const origin = await serve((_request, response) => response.end('ok'));
    await new Promise<void>((resolve, reject) => {
      connections.dispatch(
        { origin, path: '/', method: 'GET' },
        {
          onResponseData: (controller) => controller.pause(),
          onResponseEnd: () => resolve(),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });

    expect((await ask(origin)).text).toBe('ok');
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['a line break in a field', { headers: { authorization: 'Bearer x\r\nhost: other' } }],
    ['a line break in the path', { path: '/ HTTP/1.1\r\nhost: other' }],
    ['a body that is no text', { method: 'POST' as const, body: Buffer.from('x') }],
  ])('refuse %s', async (_what, options) => {
    const origin = await serve((_request, response) => response.end());
    await expect(ask(origin, options)).rejects.toThrow(TypeError);
    expect(sockets).toHaveLength(0);
  });

  it('are gone with the gateway, idle ones at once', async () => {
    const origin = await serve((_request, response) => response.end('ok'));
    await ask(origin);
    const closed = once(sockets[0] as Socket, 'close');
    await connections.onApplicationShutdown();
    await closed;
  });

  it('go over TLS as well', async () => {
    // Nobody speaks TLS there: that it is tried is what can be seen.
    const origin = await say('HTTP/1.1 200 OK\r\n\r\n');
    await expect(ask(origin.replace('http:', 'https:'))).rejects.toMatchObject({ code: expect.stringMatching(/SSL|TLS/) as string });
  });
});
