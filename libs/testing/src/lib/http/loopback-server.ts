import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server on 127.0.0.1 that can be stopped at once, however many connections are open, and can refuse connections for a while. */
export class LoopbackServer {
  private server: Server | null = null;
  private readonly sockets = new Set<Socket>();
  private boundPort = 0;

  constructor(private readonly listener: RequestListener<typeof IncomingMessage, typeof ServerResponse<IncomingMessage>>) {}

  /** @param port 0 takes a free one */
  async start(port = 0): Promise<void> {
    const server = createServer({ keepAliveTimeout: 60_000 }, this.listener);
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    this.boundPort = (server.address() as AddressInfo).port;
  }

  get port(): number {
    return this.boundPort;
  }

  get url(): string {
    return `http://127.0.0.1:${this.boundPort}`;
  }

  /** Ends every connection and frees the port. Calling it again is harmless. */
  async stop(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = null;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** From now on a connection to the port is refused, as if the process were gone; open connections are cut. */
  async refuseConnections(): Promise<void> {
    await this.stop();
  }

  /** Listens again on the same port. */
  async acceptConnections(): Promise<void> {
    if (!this.server) await this.start(this.boundPort);
  }
}
