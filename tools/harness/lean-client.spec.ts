import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { LeanClient } from './lean-client';

const answer = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('the client that makes the load', () => {
  let server: Server;
  let sockets: Socket[];
  let onRequest: (socket: Socket, request: string) => void;
  let client: LeanClient;

  beforeEach(async () => {
    sockets = [];
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => onRequest(socket, bytes.toString('utf8')));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = LeanClient.to(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'secret');
  });

  afterEach(() => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('sends the token and the length, and reuses its connection', async () => {
    const requests: string[] = [];
    onRequest = (socket, request) => {
      requests.push(request);
      socket.write(answer('{"é":1}'));
    };
    const request = client.prepare('POST', '/x', { code: 'é' });
    expect(await client.json(request)).toEqual({ é: 1 });
    expect(await client.json(request)).toEqual({ é: 1 });
    expect(sockets).toHaveLength(1);
    expect(requests[0]).toContain('authorization: Bearer secret\r\n');
    expect(requests[0]).toContain(`content-length: ${Buffer.byteLength('{"code":"é"}')}\r\n\r\n{"code":"é"}`);
  });

  it('puts an answer together that comes byte by byte', async () => {
    onRequest = (socket) => {
      const bytes = Buffer.from(answer('{"text":"€"}'));
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    };
    expect(await client.json(client.prepare('GET', '/'))).toEqual({ text: '€' });
  });

  it('takes a 204 without a length', async () => {
    onRequest = (socket) => socket.write('HTTP/1.1 204 No Content\r\nx: y\r\n\r\n');
    expect(await client.json(client.prepare('DELETE', '/'))).toBeNull();
  });

  it('names the request in the error of an answer that is no success', async () => {
    onRequest = (socket) => socket.write(answer('busy').replace('200', '503'));
    await expect(client.json(client.prepare('POST', '/v1/sessions', {}))).rejects.toThrow('POST /v1/sessions HTTP/1.1 answered 503: busy');
  });

  it('fails the request when the connection is closed, and connects again for the next one', async () => {
    onRequest = (socket) => socket.destroy();
    await expect(client.send(client.prepare('GET', '/'))).rejects.toThrow();
    onRequest = (socket) => socket.write(answer('{}'));
    expect((await client.send(client.prepare('GET', '/'))).status).toBe(200);
    expect(sockets).toHaveLength(2);
  });
});
