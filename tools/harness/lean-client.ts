import { connect } from 'node:net';
import type { Socket } from 'node:net';

const CALL_TIMEOUT_MS = 60_000;
const HEAD_END = '\r\n\r\n';

export interface LeanReply {
  readonly status: number;
  /** Status line and headers as they came. */
  readonly head: string;
  readonly body: string;
}

interface Waiting {
  readonly resolve: (reply: LeanReply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One kept-alive connection, one request at a time, and next to no work of its own: on a machine where the load and what is loaded share
 * the cores, a comfortable client would be measured along with the server. Knows only answers with a `content-length`.
 */
export class LeanClient {
  private socket: Socket | null = null;
  private waiting: Waiting | null = null;
  private received: Buffer[] = [];
  private receivedBytes = 0;
  /** How many bytes the whole answer has; 0 until its head is there. */
  private wantedBytes = 0;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly token: string | null,
  ) {}

  static to(url: string, token: string | null): LeanClient {
    const { hostname, port } = new URL(url);
    return new LeanClient(hostname, Number(port), token);
  }

  /** The bytes of a request, to be sent as often as needed. */
  prepare(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Buffer {
    const text = body === undefined ? '' : JSON.stringify(body);
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `host: ${this.host}:${this.port}`,
      ...(this.token === null ? [] : [`authorization: Bearer ${this.token}`]),
      ...(body === undefined ? [] : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
    ];
    return Buffer.from(`${lines.join('\r\n')}${HEAD_END}${text}`);
  }

  send(request: Buffer): Promise<LeanReply> {
    return new Promise((resolve, reject) => {
      if (this.waiting) throw new Error('A connection takes one request at a time.');
      this.waiting = { resolve, reject };
      this.connected().write(request);
    });
  }

  /** @throws when the answer is anything but a success */
  async json<T>(request: Buffer): Promise<T> {
    const { status, body } = await this.send(request);
    if (status >= 300) throw new Error(`${request.toString('latin1').split('\r\n', 1)[0]} answered ${status}: ${body.slice(0, 300)}`);
    return (body === '' ? null : JSON.parse(body)) as T;
  }

  close(): void {
    this.socket?.destroy();
  }

  private connected(): Socket {
    if (this.socket && !this.socket.destroyed && this.socket.writable) return this.socket;
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    this.socket = socket;
    this.received = [];
    this.receivedBytes = this.wantedBytes = 0;
    const fail = (error: Error): void => {
      if (this.socket === socket) this.settle(({ reject }) => reject(error));
      socket.destroy();
    };
    socket.setTimeout(CALL_TIMEOUT_MS, () => fail(new Error(`no answer within ${CALL_TIMEOUT_MS} ms`)));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the connection was closed')));
    socket.on('data', (bytes) => this.onData(bytes));
    return socket;
  }

  private onData(bytes: Buffer): void {
    this.received.push(bytes);
    this.receivedBytes += bytes.length;
    if (this.receivedBytes < this.wantedBytes) return;
    const answer = this.received.length === 1 ? bytes : Buffer.concat(this.received);
    this.received = [answer];
    const headEnd = answer.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = answer.toString('latin1', 0, headEnd);
    const status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && status !== 204) {
      this.socket?.destroy(new Error(`an answer without content-length: ${head}`));
      return;
    }
    const start = headEnd + HEAD_END.length;
    this.wantedBytes = start + Number(length ?? 0);
    if (this.receivedBytes < this.wantedBytes) return;
    const body = answer.toString('utf8', start, this.wantedBytes);
    this.received = [];
    this.receivedBytes = this.wantedBytes = 0;
    this.settle(({ resolve }) => resolve({ status, head, body }));
  }

  private settle(how: (waiting: Waiting) => void): void {
    const { waiting } = this;
    this.waiting = null;
    if (waiting) how(waiting);
  }
}
