import { closeSync, mkdtempSync, readFileSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkerLog } from './worker-log';

const newLog = (): WorkerLog => new WorkerLog(join(mkdtempSync(join(tmpdir(), 'worker-log-')), 'workers/demo-0.log'));

describe('the log of a worker', () => {
  it('keeps the last lines, without colours and blank ones', () => {
    const log = newLog();
    const descriptor = log.startNew();
    writeSync(descriptor, 'one\n\u001b[31mtwo\u001b[0m\r\n\nthree\n');
    closeSync(descriptor);

    expect(log.lastLines(2)).toEqual(['two', 'three']);
  });

  it('begins anew with each process and keeps the one before', () => {
    const log = newLog();
    const first = log.startNew();
    writeSync(first, 'old\n');
    closeSync(first);
    closeSync(log.startNew());

    expect(log.lastLines(5)).toEqual([]);
    expect(readFileSync(`${log.path}.1`, 'utf8')).toBe('old\n');
  });

  it('is cut under a process that goes on writing', () => {
    const log = newLog();
    const descriptor = log.startNew();
    writeSync(descriptor, 'x'.repeat(2_000));

    log.cap(1_000);
    writeSync(descriptor, 'after\n');
    closeSync(descriptor);

    expect(readFileSync(log.path, 'utf8')).toBe('after\n');
    expect(statSync(`${log.path}.1`).size).toBe(2_000);
  });

  it('has no lines before the first process', () => {
    expect(newLog().lastLines(5)).toEqual([]);
  });
});
