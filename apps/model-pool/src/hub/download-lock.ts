import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../processes/process-table';
import type { ProcessTable } from '../processes/process-table';
import { systemErrorCode } from '../processes/system-error-code';
import { tryLink } from '../records/try-link';

const POLL_MS = 500;
const BEAT_MS = 10_000;
/** Of a holder on another machine only the beat is seen. */
const SILENT_AFTER_MS = 60_000;

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Waits until nobody else downloads the same repository into the same cache. One who died doesn't hold it.
 * @param onWait told once, by whom it is held
 * @returns gives it back
 */
export async function lockDownload(
  path: string,
  table: ProcessTable,
  onWait: (by: string) => void,
  signal: AbortSignal,
): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const text = JSON.stringify({ host: hostname(), pid: process.pid, startedAt: table.find(process.pid)?.startedAt ?? '' } satisfies Holder);
  writeFileSync(own, text);
  try {
    for (let isTold = false; !tryLink(own, path);) {
      const held = readText(path);
      const holder = parseHolder(held);
      if (held !== null && !isHeld(path, holder, table)) takeAway(path, held, own);
      else {
        if (!isTold) onWait(holder === null ? 'another program' : `process ${holder.pid} on ${holder.host}`);
        isTold = true;
        await sleep(POLL_MS, undefined, { signal });
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  const beat = setInterval(() => touch(path), BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (readText(path) === text) rmSync(path, { force: true });
  };
}

function isHeld(path: string, holder: Holder | null, table: ProcessTable): boolean {
  if (holder?.host === hostname()) return isAlive(table, holder);
  try {
    return Date.now() - statSync(path).mtimeMs < SILENT_AFTER_MS;
  } catch (_gone) {
    return false;
  }
}

/** Removes a lock of the dead, unless somebody else has done so and taken it in the same moment. */
function takeAway(path: string, held: string, own: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readText(aside) !== held) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (_gone) {
    // Whoever took it away has a reason.
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (_notThere) {
    return null;
  }
}

function parseHolder(text: string | null): Holder | null {
  try {
    const { host, pid, startedAt } = JSON.parse(text ?? '') as Partial<Holder>;
    return typeof host === 'string' && typeof pid === 'number' && typeof startedAt === 'string' ? { host, pid, startedAt } : null;
  } catch (_unreadable) {
    return null;
  }
}
