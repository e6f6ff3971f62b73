import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Server-sent events on a response. */
export interface EventStream {
  /** Writes one `data:` frame, of a named kind where one is given. Where the client reads slower than we write, the promise is kept once it has caught up. */
  send(data: string, event?: string): Promise<void> | undefined;
  /** The same without waiting, for writers that are bounded otherwise. Returns whether the client keeps up. */
  push(data: string, event?: string): boolean;
  /** Kept once a client that was behind has taken what waited for it. @throws what the stream's signal was aborted with */
  drained(): Promise<void>;
  /** Writes a comment, which clients ignore. */
  ping(): void;
  end(): void;
}

/** Opens the stream: status 200, no buffering on the way, every frame at once on the wire. */
export function openEventStream(response: ServerResponse, signal: AbortSignal): EventStream {
  response.statusCode = 200;
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-accel-buffering', 'no');
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  // One wait for all who send at the same time: many answers may share a stream.
  let draining: Promise<void> | null = null;
  const push = (data: string, event?: string) => {
    if (response.destroyed) return true;
    // What is written within one turn of the event loop leaves in one piece: a system call per frame would cost more than all else.
    if (response.writableCorked === 0) {
      response.cork();
      setImmediate(letGo, response);
    }
    response.write(event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`);
    // What `write` says holds for this turn of the event loop only, while frames are held back.
    return keepsUp(response);
  };
  const drained = (): Promise<void> => (draining ??= untilTaken(response, signal).finally(() => (draining = null)));
  return {
    push,
    drained,
    send: (data, event) => (push(data, event) ? undefined : drained()),
    ping() {
      // A client that is behind has something to read.
      if (!response.destroyed && keepsUp(response)) response.write(': ping\n\n');
    },
    end() {
      endEventStream(response);
    },
  };
}

/** From Node 22 on `end` does not let go of what is held back: it would be lost. */
export function endEventStream(response: ServerResponse): void {
  letGo(response);
  response.end();
}

function keepsUp(response: ServerResponse): boolean {
  return response.writableLength < response.writableHighWaterMark;
}

async function untilTaken(response: ServerResponse, signal: AbortSignal): Promise<void> {
  letGo(response);
  const { socket } = response;
  if (socket?.writableNeedDrain) await once(socket, 'drain', { signal });
}

function letGo(response: ServerResponse): void {
  while (response.writableCorked > 0) response.uncork();
}
