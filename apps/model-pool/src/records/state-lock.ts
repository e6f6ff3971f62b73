import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import { isAlive } from '../processes/process-table';
import type { ProcessIdentity, ProcessTable } from '../processes/process-table';
import { tryLink } from './try-link';

/** One model-pool a state directory: two of them would take each other's workers for orphans. */
export class StateLock {
  private constructor(private readonly path: string) {}

  /** @throws AppError `invalid_settings` while another model-pool that lives holds it. */
  static acquire(directory: string, table: ProcessTable): StateLock {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, 'model-pool.lock');
    const own = `${path}.${process.pid}`;
    writeFileSync(own, JSON.stringify(table.find(process.pid)), { mode: 0o600 });
    try {
      // A link appears whole and fails if it is there already: the second of two that start at once loses.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if (tryLink(own, path)) return new StateLock(path);
        const holder = readHolder(path);
        if (holder && isAlive(table, holder)) {
          throw new AppError(
            'invalid_settings',
            `Another model-pool (pid ${holder.pid}) uses STATE_DIRECTORY ${directory}: stop it, or set another folder.`,
          );
        }
        rmSync(path, { force: true });
      }
      throw new AppError('invalid_settings', `Another model-pool is starting in STATE_DIRECTORY ${directory}: set another folder.`);
    } finally {
      rmSync(own, { force: true });
    }
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity> | null;
    return typeof holder?.pid === 'number' && typeof holder.startedAt === 'string'
      ? { pid: holder.pid, startedAt: holder.startedAt }
      : null;
  } catch (_unreadable) {
    return null;
  }
}
