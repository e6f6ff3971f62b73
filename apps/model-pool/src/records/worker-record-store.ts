import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWorkerRecord } from './worker-record';
import type { WorkerRecord } from './worker-record';

/** One file a worker. Written at once and whole, because what is not recorded can't be found again. */
export class WorkerRecordStore {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  write(record: WorkerRecord): void {
    const path = this.pathOf(record.id);
    writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  forget(id: string): void {
    rmSync(this.pathOf(id), { force: true });
  }

  /** Records that can be read; the others are removed, for their workers are found by their environment. */
  readAll(): WorkerRecord[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        const record = parseWorkerRecord(readFileSync(join(this.folder, name), 'utf8'));
        if (record && name === `${record.id}.json`) return [record];
        rmSync(join(this.folder, name), { force: true });
        return [];
      });
  }

  private pathOf(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}
