import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 250;
const PIECE_BYTES = 64 * 1024;

/** What is written to a log from now on, until the signal aborts. A log that was cut or begun anew is read from its start. */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let at = existsSync(path) ? statSync(path).size : 0;
  while (!signal.aborted) {
    const piece = existsSync(path) ? readFrom(path, at) : null;
    if (piece === null || piece.bytes.length === 0) {
      at = piece?.at ?? 0;
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    at = piece.at;
    yield piece.bytes;
  }
}

function readFrom(path: string, offset: number): { readonly bytes: Buffer; readonly at: number } {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const from = size < offset ? 0 : offset;
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES, size - from));
    const length = readSync(descriptor, buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, length), at: from + length };
  } finally {
    closeSync(descriptor);
  }
}
