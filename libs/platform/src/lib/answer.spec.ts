import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AppError } from '@interleave/kernel';
import { answerError, hangUpWhenStalled, sendJson, sendWhole } from './answer';

/** More than the kernel keeps for a connection. */
const BYTES = 64 * 2 ** 20;

describe('answers', () => {
  let server: Server;
  const told: unknown[] = [];
  const log = { warn: (entry: unknown) => told.push(['warn', entry]), error: (entry: unknown) => told.push(['error', entry]) };

  async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; port: number }> {
    server = createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { port, url: `http://127.0.0.1:${port}/some/path?query` };
  }

  beforeEach(() => told.splice(0));
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are whole, with their length in bytes', async () => {
    const { url } = await listen((_request, response) => sendJson(response, 201, { text: 'é' }));
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-length'), await response.json()]).toEqual([201, '13', { text: 'é' }]);
  });

  it.each([
    [new AppError('sandbox_busy', 'Full.', { isRetryable: true, retryAfterMs: 1200 }), 503, 'Full.', 'warn'],
    [new AppError('worker_lost', 'Gone.', { isRetryable: true }), 503, 'Gone.', 'warn'],
    [new AppError('internal', 'Broken.'), 500, 'Broken.', 'error'],
    [new Error('secret'), 500, 'Something went wrong on the server; its log has the details.', 'error'],
    [new RangeError('Maximum call stack size exceeded'), 400, 'The request body is nested too deeply.', null],
    [Object.assign(new Error('Cannot GET'), { status: 404 }), 404, 'Unknown request URL: GET /some/path.', null],
    [Object.assign(new Error('too large'), { status: 413 }), 413, 'The request body is too large.', null],
  ])('of failures say what is wrong, and the log hears of what is ours: %s', async (error, status, message, level) => {
    const { url } = await listen((request, response) => answerError(error, request, response, log));
    const response = await fetch(url);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { message, param: null } }]);
    expect(response.headers.get('retry-after')).toBe({ 'Full.': '2', 'Gone.': '1' }[message] ?? null);
    expect(told.map((entry) => (entry as unknown[])[0])).toEqual(level === null ? [] : [level]);
  });

  it('are not kept for a client that takes nothing', async () => {
    const { port } = await listen((_request, response) => {
      sendWhole(response, 200, 'application/octet-stream', Buffer.alloc(BYTES));
      hangUpWhenStalled(response, 50);
    });
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    await once(response, 'close');
    let receivedBytes = 0;
    socket.on('data', (bytes) => (receivedBytes += bytes.length)).on('error', () => undefined);
    await new Promise((resolve) => socket.resume().once('close', resolve));
    expect(receivedBytes).toBeLessThan(BYTES);
  });
});
