import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, truncateSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@interleave/testing';
import { control } from './pool-client';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { SERVICE_TOKEN } from './pool-settings';

const PROGRAM = join(__dirname, '../../../tools/pool/pool.mjs');
const TIMEOUT_MS = 20_000;

/** `npm run pool -- …` as a process of its own, for as long as it likes. */
class Following {
  output = '';
  complaint = '';
  readonly ended: Promise<unknown>;

  constructor(readonly child: ChildProcess) {
    this.ended = once(child, 'exit');
    child.stdout?.on('data', (bytes: Buffer) => (this.output += bytes.toString('utf8')));
    child.stderr?.on('data', (bytes: Buffer) => (this.complaint += bytes.toString('utf8')));
  }

  until(text: string): Promise<unknown> {
    return waitUntil(() => this.output.includes(text), TIMEOUT_MS, `never said: ${text}\n${this.output}${this.complaint}`);
  }
}

describe('npm run pool -- … -f', () => {
  let pool: RunningPool;
  let isClosed: boolean;
  const children: ChildProcess[] = [];

  const follow = (...words: string[]): Following => {
    const env = { PATH: process.env['PATH'] ?? '', POOL_URL: pool.client.url, SERVICE_TOKEN };
    const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return new Following(child);
  };
  const logFile = (): string => join(pool.workplace.stateDirectory, 'workers/tiny-0.log');

  beforeEach(async () => {
    pool = await startPool();
    isClosed = false;
    await pool.client.untilReady();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    if (!isClosed) await pool.close();
  });

  it('shows the lines of a log as they come, through its cut at the size cap and through a new process', async () => {
    const log = follow('logs', '-f', 'tiny-0');
    await log.until('fake worker');

    appendFileSync(logFile(), `first line\n${'x'.repeat(4096)}\n`);
    await log.until('first line');
    // What model-pool does when a log is too large.
    appendFileSync(logFile(), 'last line before the cut\n');
    copyFileSync(logFile(), `${logFile()}.1`);
    truncateSync(logFile(), 0);
    appendFileSync(logFile(), 'first line after the cut\n');
    await log.until('first line after the cut');
    expect(log.output).toContain('last line before the cut\nfirst line after the cut\n');

    const [row] = (await pool.client.table()).workers;
    await control(row!, 'crash');
    await log.until('told to crash\nfake worker');
    expect(log.child.exitCode).toBeNull();
  });

  it('shows events as they come', async () => {
    const events = follow('events', '-f');
    await events.until('tiny-0  starting → ready: it answered a probe');

    await pool.client.send('POST', '/v1/workers/tiny-0/drain');

    await events.until('tiny-0  ready → draining: a drain was asked for');
    await events.until('tiny-0  stopping → stopped');
    expect(events.child.exitCode).toBeNull();
  });

  it.each([
    ['logs', '-f', 'tiny-0'],
    ['events', '-f'],
  ])('%s %s ends with Ctrl-C, and model-pool goes on', async (...words) => {
    const following = follow(...words);
    await following.until('tiny');

    following.child.kill('SIGINT');
    await following.ended;

    expect(following.complaint).toBe('');
    expect(await pool.client.workers()).toEqual(['tiny-0 ready']);
  });

  it.each([
    ['logs', '-f', 'tiny-0'],
    ['events', '-f'],
  ])('%s %s ends when model-pool ends, and says so', async (...words) => {
    const following = follow(...words);
    await following.until('tiny');

    isClosed = true;
    await pool.close();
    await following.ended;

    expect(following.complaint).toBe('model-pool has ended.\n');
    expect(following.child.exitCode).toBe(1);
  });
});
