import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { HttpConnection } from './http-connection';
import type { ConnectionOwner, WrittenRequest } from './http-connection';

/** How often connections that wait too long are looked for. */
const SWEEP_MS = 500;
/** A server may close a little before it said that it would. */
const KEEP_ALIVE_MARGIN_MS = 1000;
const DEFAULT_TIMEOUT_MS = 300_000;
const FORBIDDEN_IN_FIELD = /[^\t\x20-\x7e]/;
const FORBIDDEN_IN_PATH = /[^\x21-\x7e]/;

/** What requests are sent with: undici's dispatcher, or what is like it. */
export type HttpTransport = Pick<Dispatcher, 'dispatch'>;

export interface HttpConnectionsOptions {
  /** An idle connection is used again for so long. Shorter than any server closes one that it says nothing about. */
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** Connections to one origin. */
class Origin {
  readonly idle: { readonly connection: HttpConnection; readonly untilMs: number }[] = [];
  readonly all = new Set<HttpConnection>();
  readonly host: string;
  readonly port: number;
  /** The first line's rest and the host field: the same for each request. */
  readonly opening: string;

  constructor(origin: string) {
    const { hostname, port, host } = new URL(origin);
    this.host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = Number(port || 80);
    this.opening = ` HTTP/1.1\r\nhost: ${host}\r\n`;
  }
}

/**
 * Requests over kept-alive connections, one at a time on each, as many connections as there are requests. Made for many small exchanges and streams of
 * small frames, of which the gateway has dozens in every round; what goes over TLS is left to undici.
 */
export class HttpConnections implements HttpTransport, OnApplicationShutdown {
  private readonly origins = new Map<string, Origin>();
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;
  private overTls: Agent | null = null;

  constructor(
    private readonly options: HttpConnectionsOptions,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  dispatch(options: Dispatcher.DispatchOptions, reader: Dispatcher.DispatchHandler): boolean {
    const origin = String(options.origin);
    if (!origin.startsWith('http:')) return this.tlsAgent().dispatch(options, reader);
    const { body = null } = options;
    if (body !== null && typeof body !== 'string') throw new TypeError('The body of a request is text, or none.');
    let place = this.origins.get(origin);
    if (!place) this.origins.set(origin, (place = new Origin(origin)));
    const request = writeRequest(place, options, body);
    this.connectionTo(place).send(request, reader);
    return true;
  }

  /** Idle connections go now, the others with the end of their exchange. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    for (const { idle } of this.origins.values()) for (const { connection } of idle.splice(0)) connection.destroy();
    await this.overTls?.destroy();
  }

  private tlsAgent(): Agent {
    const { keepAliveMs, connectTimeoutMs } = this.options;
    return (this.overTls ??= new Agent({
      connections: null,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      connect: { timeout: connectTimeoutMs },
    }));
  }

  private connectionTo(place: Origin): HttpConnection {
    for (let last = place.idle.pop(); last; last = place.idle.pop()) {
      if (last.connection.isIdle && this.nowMs() < last.untilMs) return last.connection;
      last.connection.destroy();
    }
    const owner: ConnectionOwner = {
      nowMs: this.nowMs,
      onIdle: (connection) => this.keep(place, connection),
      onClosed: (connection) => void place.all.delete(connection),
    };
    const connection = new HttpConnection(place.host, place.port, this.options.connectTimeoutMs, owner);
    place.all.add(connection);
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return connection;
  }

  private keep(place: Origin, connection: HttpConnection): void {
    if (this.isClosed) return connection.destroy();
    const hinted = connection.keepAliveMs;
    const keepAliveMs = hinted === null ? this.options.keepAliveMs : Math.min(this.options.keepAliveMs, hinted - KEEP_ALIVE_MARGIN_MS);
    connection.deadlineMs = Number.POSITIVE_INFINITY;
    place.idle.push({ connection, untilMs: this.nowMs() + keepAliveMs });
  }

  private sweep(): void {
    const nowMs = this.nowMs();
    for (const [origin, { idle, all }] of this.origins) {
      // The oldest ones lie at the bottom: the youngest is used first.
      while (idle[0] && (idle[0].untilMs <= nowMs || !idle[0].connection.isIdle)) idle.shift()?.connection.destroy();
      for (const connection of all) if (connection.deadlineMs <= nowMs) connection.expire();
      // A worker that starts again has another port.
      if (all.size === 0) this.origins.delete(origin);
    }
  }
}

/** @throws TypeError for what can't stand in a head */
function writeRequest(place: Origin, options: Dispatcher.DispatchOptions, body: string | null): WrittenRequest {
  const { method, path } = options;
  if (FORBIDDEN_IN_PATH.test(path)) throw new TypeError('The path of a request has a character that it can’t have.');
  let head = `${method} ${path}${place.opening}`;
  for (const [name, value] of Object.entries((options.headers ?? {}) as Record<string, string>)) {
    if (FORBIDDEN_IN_FIELD.test(value)) throw new TypeError(`The field ${name} of a request has a character that it can’t have.`);
    head += `${name}: ${value}\r\n`;
  }
  const bodyBytes = body === null ? 0 : Buffer.byteLength(body);
  if (body !== null) head += `content-length: ${bodyBytes}\r\n`;
  else if (method === 'POST' || method === 'PUT' || method === 'PATCH') head += 'content-length: 0\r\n';
  return {
    text: `${head}\r\n${body ?? ''}`,
    // A body of ASCII needs no encoding, and ids are nothing else.
    encoding: bodyBytes === (body?.length ?? 0) ? 'latin1' : 'utf8',
    isHead: method === 'HEAD',
    headersTimeoutMs: options.headersTimeout || DEFAULT_TIMEOUT_MS,
    bodyTimeoutMs: options.bodyTimeout || DEFAULT_TIMEOUT_MS,
  };
}
