import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { within } from '@interleave/platform';
import type { OfferedLine } from '@interleave/sandbox';

const HANDSHAKE_TIMEOUT_MS = 5_000;

export interface LineListener {
  onOutput(bytes: Uint8Array): void;
  onClosed(): void;
}

/**
 * Takes the line that a supervisor offers: a socket of its own, so that frames need not be copied by the engine and its shim, which costs
 * more than the call. It is a descriptor of a process, reached through /proc: that takes root, on the engine's own machine. Elsewhere (another
 * user, an engine in a virtual machine, this process in a container) null, and nothing has happened.
 */
export async function openDirectLine(
  processId: number,
  { descriptor, token }: OfferedLine,
  listener: LineListener,
  signal: AbortSignal,
): Promise<Socket | null> {
  const socket = createConnection({ path: `/proc/${processId}/fd/${descriptor}` });
  socket.on('error', () => undefined); // always followed by `close`
  if (!(await isAnsweredWith(token, socket, signal))) {
    socket.destroy();
    return null;
  }
  socket.on('close', () => listener.onClosed());
  socket.on('data', (bytes: Uint8Array) => listener.onOutput(bytes));
  return socket;
}

/** A process of that number that isn't our sandbox doesn't know the token. */
async function isAnsweredWith(token: string, socket: Socket, signal: AbortSignal): Promise<boolean> {
  socket.write(token);
  try {
    return await within(HANDSHAKE_TIMEOUT_MS, signal, async (bounded) => {
      const closed = once(socket, 'close', { signal: bounded }).then(() => [] as unknown[]);
      closed.catch(() => undefined);
      const [answer] = await Promise.race([once(socket, 'data', { signal: bounded }), closed]);
      return String(answer) === token;
    });
  } catch {
    return false;
  }
}
