import { createServer } from 'node:net';
import { AppError } from '@interleave/kernel';

const LOOPBACK = '127.0.0.1';
const ATTEMPTS = 50;

/** A port that is free now, of the range where one is given. */
export async function freePort(range?: { readonly from: number; readonly to: number }): Promise<number> {
  if (!range) return (await tryPort(0, LOOPBACK)) ?? 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = range.from + Math.floor(Math.random() * (range.to - range.from + 1));
    if ((await tryPort(port, LOOPBACK)) !== null) return port;
  }
  throw new AppError('invalid_settings', `No port of ${range.from}–${range.to} is free: set TOOL_PORT.`);
}

/** @throws AppError `invalid_settings` with the remedy when the port is taken */
export async function requireFreePort(port: number, host: string, what: string, flag: string): Promise<void> {
  if (port === 0 || (await tryPort(port, host)) !== null) return;
  throw new AppError(
    'invalid_settings',
    `Port ${port} of ${host} is taken: stop what listens there, or choose another port for ${what} with ${flag} ${port + 1}.`,
  );
}

/** Binds and lets go. The port, or null when it can't be had. */
function tryPort(port: number, host: string): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}
