import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 250;
const PIECE_BYTES = 64 * 1024;

/** How far a log was read: which file it was, and up to where. */
interface Place {
  readonly file: number;
  readonly at: number;
}

/**
 * What is written to a log from now on, until the signal aborts. A log that was cut or begun anew has its content moved to `.1`: what is
 * new there comes first, then the log from its start.
 */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let place = endOf(path);
  while (!signal.aborted) {
    const end = endOf(path);
    if (place && end && (end.file !== place.file || end.at < place.at)) {
      yield* piecesOf(`${path}.1`, endOf(`${path}.1`)?.file, place.at, signal);
      place = { file: end.file, at: 0 };
    }
    if (end) place ??= { file: end.file, at: 0 };
    if (place) {
      for await (const bytes of piecesOf(path, place.file, place.at, signal)) {
        place = { ...place, at: place.at + bytes.length };
        yield bytes;
      }
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function endOf(path: string): Place | null {
  return withFile(path, (descriptor) => {
    const { ino, size } = fstatSync(descriptor);
    return { file: ino, at: size };
  });
}

/** What there is from `offset` on, for as long as it is the same file. */
async function* piecesOf(
  path: string,
  file: number | undefined,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = offset; !signal.aborted;) {
    const piece = withFile(path, (descriptor) => {
      if (fstatSync(descriptor).ino !== file) return null;
      const buffer = Buffer.alloc(PIECE_BYTES);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, at));
    });
    if (piece === null || piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

/** Null where there is no such file. */
function withFile<Result>(path: string, action: (descriptor: number) => Result): Result | null {
  if (!existsSync(path)) return null;
  const descriptor = openSync(path, 'r');
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
