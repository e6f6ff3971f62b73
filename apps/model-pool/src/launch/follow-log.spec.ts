import { appendFileSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followLog } from './follow-log';

it('a log is followed from its end, through a cut', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'follow-log-')), 'worker.log');
  writeFileSync(path, 'old lines\n');
  const abort = new AbortController();
  const log = followLog(path, abort.signal);
  const first = log.next();
  appendFileSync(path, 'new\n');
  expect(String((await first).value)).toBe('new\n');

  truncateSync(path, 0);
  const second = log.next();
  appendFileSync(path, 'cut\n');
  expect(String((await second).value)).toBe('cut\n');

  abort.abort();
  expect(await log.next()).toEqual({ done: true, value: undefined });
});
