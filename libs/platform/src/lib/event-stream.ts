import { once } from 'node:events';
import type { Response } from 'express';

/** Server-sent events on a response. */
export interface EventStream {
  /** Writes one `data:` frame and waits while the client reads slower than we write. */
  send(data: string): Promise<void>;
  /** Writes a comment, which clients ignore. */
  ping(): void;
  end(): void;
}

/** Opens the stream: status 200, no buffering on the way, every frame at once on the wire. */
export function openEventStream(response: Response, signal: AbortSignal): EventStream {
  response.status(200);
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-accel-buffering', 'no');
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  // One wait for all who send at the same time: many answers may share a stream.
  let draining: Promise<unknown> | null = null;
  return {
    async send(data) {
      if (response.destroyed) return;
      if (response.write(`data: ${data}\n\n`)) return;
      draining ??= once(response, 'drain', { signal }).finally(() => (draining = null));
      await draining;
    },
    ping() {
      if (!response.destroyed && !response.writableNeedDrain) response.write(': ping\n\n');
    },
    end() {
      response.end();
    },
  };
}
