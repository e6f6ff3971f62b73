import { closeSync, copyFileSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';

const MAX_LOG_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 64 * 1024;

/** What a worker prints. A file, not a pipe: it goes on when model-pool is gone. One file a process, the one before it kept as `.1`. */
export class WorkerLog {
  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  /** A descriptor for a new process. The caller closes it. */
  startNew(): number {
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    // Appending is what makes cutting it under a running writer possible.
    return openSync(this.path, 'a', 0o600);
  }

  /** The same for one whose output is read once more from its beginning: what was here is part of it. */
  startOver(): number {
    if (existsSync(this.path)) truncateSync(this.path, 0);
    return openSync(this.path, 'a', 0o600);
  }

  /** Moves the content away once it is large. What is written during the copy may be lost, never the writer. */
  cap(maxBytes = MAX_LOG_BYTES): void {
    if (!existsSync(this.path) || statSync(this.path).size <= maxBytes) return;
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path, 0);
  }

  lastLines(count: number): string[] {
    if (!existsSync(this.path)) return [];
    const descriptor = openSync(this.path, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const length = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      const lines = buffer.toString('utf8', 0, length).split(/\r?\n/);
      return lines
        .map(withoutColour)
        .filter((line) => line.trim() !== '')
        .slice(-count);
    } finally {
      closeSync(descriptor);
    }
  }
}

function withoutColour(line: string): string {
  // eslint-disable-next-line no-control-regex -- terminal colours begin with the escape character
  return line.replace(/\u001b\[[0-9;]*m/g, '');
}
