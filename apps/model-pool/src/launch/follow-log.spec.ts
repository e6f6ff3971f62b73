import { appendFileSync, closeSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followLog } from './follow-log';
import { WorkerLog } from './worker-log';

describe('a log that is followed', () => {
  let path: string;
  let abort: AbortController;
  let lines: string;

  /** Reads on until these bytes have come. */
  async function until(log: AsyncGenerator<Buffer>, wanted: string): Promise<void> {
    while (lines.length < wanted.length) lines += String((await log.next()).value);
    expect(lines).toBe(wanted);
  }

  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'follow-log-')), 'worker.log');
    abort = new AbortController();
    lines = '';
  });

  it('is read from its end, and until nobody wants it any more', async () => {
    writeFileSync(path, 'old lines\n');
    const log = followLog(path, abort.signal);
    const first = log.next();
    appendFileSync(path, 'new\n');
    expect(String((await first).value)).toBe('new\n');

    abort.abort();
    expect(await log.next()).toEqual({ done: true, value: undefined });
  });

  it('loses no line when it is cut or begun anew', async () => {
    const file = new WorkerLog(path);
    closeSync(file.startNew());
    appendFileSync(path, `${'old '.repeat(1000)}\n`);
    const log = followLog(path, abort.signal);
    const begun = log.next();
    appendFileSync(path, 'one\n');
    lines += String((await begun).value);
    await until(log, 'one\n');

    appendFileSync(path, 'before the cut\n');
    file.cap(1);
    appendFileSync(path, 'after it\n');
    await until(log, 'one\nbefore the cut\nafter it\n');

    appendFileSync(path, 'last words\n');
    closeSync(file.startNew());
    appendFileSync(path, 'the next process\n');
    await until(log, 'one\nbefore the cut\nafter it\nlast words\nthe next process\n');
    abort.abort();
  });

  it('may begin later', async () => {
    const log = followLog(path, abort.signal);
    const first = log.next();
    writeFileSync(path, 'begun\n');
    expect(String((await first).value)).toBe('begun\n');
    abort.abort();
  });
});
