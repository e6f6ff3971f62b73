import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import { undoLater } from '../../harness/cleanup';
import { withSteps } from '../text/progress';
import { SCRIPTS } from './python-program';

const ROOT = join(SCRIPTS, '../../..');
const REQUIREMENTS = join(SCRIPTS, 'requirements.txt');
/** Builds of torch without the gigabytes of CUDA. Where it can't be reached, the ordinary build does as well. */
const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
const CPU_INDEX_TIMEOUT_MS = 5_000;
/** Looked for, not imported: that takes seconds. */
const HAS_PACKAGES = 'import sys; from importlib.util import find_spec; sys.exit(not (find_spec("torch") and find_spec("transformers")))';
const KEPT_OUTPUT_CHARACTERS = 4_000;

/**
 * The Python of an environment with torch and transformers in pinned versions: made on first use, then kept.
 * @throws AppError that says what is missing, or what pip said
 */
export async function pythonEnvironment(given: string | undefined, say: (line: string) => void): Promise<string> {
  if (given !== undefined) {
    if (await succeeds(given, ['-c', HAS_PACKAGES])) return given;
    throw new AppError(
      'invalid_request',
      `${given} (--publish-python) is no Python that can import torch and transformers: name another, or none.`,
    );
  }
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(ROOT, '.interleave/publish-model', `python-${version}`);
  if (!existsSync(folder)) await withSteps(say, 'Making a Python environment with torch (once)', null, () => make(folder));
  return join(folder, 'bin/python');
}

async function make(folder: string): Promise<void> {
  // Made under another name, so that one which was interrupted is never taken for whole. Scripts with the old path in them aren't used.
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(folder, '..'), { recursive: true });
  const discard = undoLater(() => rm(partial, { recursive: true, force: true }));
  try {
    const indexes = (await answers(CPU_INDEX)) ? ['--extra-index-url', CPU_INDEX] : [];
    if (await succeeds('uv', ['--version'])) {
      await run('uv', ['venv', '--quiet', partial]);
      const strategy = indexes.length > 0 ? ['--index-strategy', 'unsafe-best-match'] : [];
      await run('uv', ['pip', 'install', '--quiet', '--python', join(partial, 'bin/python'), ...indexes, ...strategy, '-r', REQUIREMENTS]);
    } else {
      if (!(await succeeds('python3', ['-c', 'import ensurepip, venv']))) {
        throw new AppError('invalid_request', 'Python is needed to read shards: install python3 with venv (Debian: python3-venv), or uv.');
      }
      await run('python3', ['-m', 'venv', partial]);
      await run(join(partial, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...indexes, '-r', REQUIREMENTS]);
    }
    await rename(partial, folder);
  } finally {
    await discard();
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = undoLater(async () => void child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  await stop();
  if (status !== 0) {
    throw new AppError(
      'internal',
      `The Python environment could not be made: ${program} ${args[0]} ended with ${status}.\n${output.trim()}`,
    );
  }
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const [status] = (await once(child, 'close').catch(() => [null])) as [number | null];
  return status === 0;
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/`, { method: 'HEAD', signal: AbortSignal.timeout(CPU_INDEX_TIMEOUT_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
