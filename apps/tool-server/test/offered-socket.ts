import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What Node has no name for: a descriptor of a file that can't be read, such as a socket's. */
const O_PATH = 0o10000000;

/** A socket as the supervisor offers it: without a name, a descriptor of a process (here: this one). */
export async function offerSocket(onConnection: (socket: Socket) => void): Promise<{ server: Server; descriptor: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'line-'));
  const path = join(folder, 'socket');
  const server = createServer(onConnection).listen(path);
  await once(server, 'listening');
  const descriptor = openSync(path, O_PATH);
  unlinkSync(path);
  rmSync(folder, { recursive: true });
  return { server, descriptor };
}
