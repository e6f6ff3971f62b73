import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { ResponseDecoder } from './response-decoder';
import type { ResponseListener } from './response-decoder';

/** So much is read at once: many frames of a stream, and little enough for a connection that waits. */
const READ_BYTES = 16 * 1024;

/** What a connection fails with, beside the errors of the system. The codes are those of undici. */
export class ConnectionError extends Error {
  constructor(
    readonly code: 'UND_ERR_CONNECT_TIMEOUT' | 'UND_ERR_HEADERS_TIMEOUT' | 'UND_ERR_BODY_TIMEOUT' | 'UND_ERR_SOCKET' | 'UND_ERR_RESPONSE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A request as it is written to the socket. */
export interface WrittenRequest {
  readonly text: string;
  readonly encoding: 'latin1' | 'utf8';
  readonly isHead: boolean;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
}

/** Where a connection says what has become of it. */
export interface ConnectionOwner {
  onIdle(connection: HttpConnection): void;
  onClosed(connection: HttpConnection): void;
  nowMs(): number;
}

/** One exchange on a connection, as its reader may steer it. */
class Exchange implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  hasHead = false;

  constructor(
    private readonly connection: HttpConnection,
    readonly request: WrittenRequest,
    readonly reader: Dispatcher.DispatchHandler,
  ) {}

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.connection.abandon(this, reason);
  }

  pause(): void {
    this.paused = true;
    this.connection.pause(this);
  }

  resume(): void {
    this.paused = false;
    this.connection.resume(this);
  }
}

/**
 * A kept-alive connection: one exchange at a time. Bytes are read into memory of its own again and again, and told before the next ones come.
 */
export class HttpConnection implements ResponseListener {
  /** When it has waited too long for what it waits for. */
  deadlineMs: number;
  /** How long the server said that it keeps an idle connection; null: it said nothing. */
  keepAliveMs: number | null = null;
  private readonly socket: Socket;
  private readonly decoder = new ResponseDecoder(this);
  private exchange: Exchange | null = null;
  private isConnecting = true;
  private error: Error | null = null;

  constructor(
    host: string,
    port: number,
    connectTimeoutMs: number,
    private readonly owner: ConnectionOwner,
  ) {
    this.deadlineMs = owner.nowMs() + connectTimeoutMs;
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number): boolean => this.onRead(buffer.subarray(0, length));
    this.socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    this.socket.once('connect', () => this.onConnect());
    this.socket.on('error', (error) => (this.error ??= error));
    this.socket.once('close', () => this.onClose());
  }

  get isIdle(): boolean {
    return this.exchange === null && this.socket.writable && !this.socket.destroyed;
  }

  send(request: WrittenRequest, reader: Dispatcher.DispatchHandler): void {
    const exchange = new Exchange(this, request, reader);
    this.exchange = exchange;
    if (!this.isConnecting) this.deadlineMs = this.owner.nowMs() + request.headersTimeoutMs;
    this.decoder.expect(request.isHead);
    reader.onRequestStart?.(exchange, null);
    if (this.exchange === exchange) this.socket.write(request.text, request.encoding);
  }

  /** It has waited too long. */
  expire(): void {
    const hasHead = this.exchange?.hasHead ?? false;
    if (this.isConnecting) this.fail(new ConnectionError('UND_ERR_CONNECT_TIMEOUT', 'No connection came about in time.'));
    else if (hasHead) this.fail(new ConnectionError('UND_ERR_BODY_TIMEOUT', 'The response stopped coming.'));
    else this.fail(new ConnectionError('UND_ERR_HEADERS_TIMEOUT', 'No response came in time.'));
  }

  destroy(): void {
    this.socket.destroy();
  }

  abandon(exchange: Exchange, reason: Error): void {
    if (this.exchange === exchange) this.fail(reason);
  }

  pause(exchange: Exchange): void {
    if (this.exchange !== exchange) return;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.socket.pause();
  }

  resume(exchange: Exchange): void {
    if (this.exchange !== exchange) return;
    this.deadlineMs = this.owner.nowMs() + exchange.request.bodyTimeoutMs;
    this.socket.resume();
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    const { exchange } = this;
    if (!exchange) return;
    exchange.hasHead = true;
    const hint = headers['keep-alive'];
    if (hint !== undefined) this.keepAliveMs = keepAliveMsIn(hint);
    exchange.reader.onResponseStart?.(exchange, status, headers);
  }

  onBody(bytes: Buffer): void {
    const { exchange } = this;
    if (exchange) exchange.reader.onResponseData?.(exchange, bytes);
  }

  onEnd(canContinue: boolean): void {
    const { exchange } = this;
    if (!exchange) return;
    this.exchange = null;
    if (exchange.paused) this.socket.resume();
    // First, so that what the reader asks next finds it.
    if (canContinue) this.owner.onIdle(this);
    else this.socket.destroy();
    exchange.reader.onResponseEnd?.(exchange, {});
  }

  private onConnect(): void {
    this.isConnecting = false;
    if (this.exchange) this.deadlineMs = this.owner.nowMs() + this.exchange.request.headersTimeoutMs;
  }

  /** @returns whether to read on */
  private onRead(bytes: Buffer): boolean {
    const { exchange } = this;
    if (!exchange) {
      // Nobody asked.
      this.socket.destroy();
      return false;
    }
    this.deadlineMs = this.owner.nowMs() + exchange.request.bodyTimeoutMs;
    try {
      this.decoder.push(bytes);
    } catch (cause) {
      this.fail(new ConnectionError('UND_ERR_RESPONSE', cause instanceof Error ? cause.message : String(cause), { cause }));
      return false;
    }
    // It may be over by now, and another one begun.
    return !(this.exchange?.paused ?? false);
  }

  private onClose(): void {
    this.owner.onClosed(this);
    if (!this.exchange || (this.error === null && this.decoder.close())) return;
    this.fail(this.error ?? new ConnectionError('UND_ERR_SOCKET', 'The other side closed the connection.'));
  }

  private fail(error: Error): void {
    const { exchange } = this;
    this.exchange = null;
    this.socket.destroy();
    exchange?.reader.onResponseError?.(exchange, error);
  }
}

function keepAliveMsIn(hint: string): number | null {
  const seconds = /timeout=(\d{1,6})/.exec(hint)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}
