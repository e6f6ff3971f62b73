import { spawnSync } from 'node:child_process';
import { openSync, closeSync, readSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compareVersions, parseVllmVersion, splitCommand } from '@interleave/worker-lifecycle';
import type { VllmVersion } from '@interleave/worker-lifecycle';
import { findProgram } from './find-program';

/** Asking a program costs the import of all of it, once. */
const ASK_TIMEOUT_MS = 20_000;
const ASK_METADATA = 'import importlib.metadata as m; print(m.version("vllm"))';

const known = new Map<string, VllmVersion | null>();

/**
 * Which vLLM a command starts, without starting it: from the metadata of the package beside its interpreter, else from the interpreter, else
 * from the program itself. Null where none of them says it. Remembered until the program changes.
 */
export function findVllmVersion(command: string): VllmVersion | null {
  const [word = '', ...rest] = splitCommand(command);
  // A command that starts a container names the image.
  const image = rest.find((candidate) => /vllm.*:v?\d+\.\d+/.test(candidate));
  if (image !== undefined) return parseVllmVersion(image);
  const program = findProgram(word);
  if (program === null) return null;
  const key = `${program} ${statSync(program).mtimeMs}`;
  const found = known.has(key) ? (known.get(key) ?? null) : versionOf(program);
  known.set(key, found);
  return found;
}

function versionOf(program: string): VllmVersion | null {
  const python = isPython(program) ? program : interpreterOf(program);
  if (python !== null) {
    return fromMetadata(python) ?? ask(python, ['-c', ASK_METADATA]);
  }
  return basename(program) === 'vllm' ? ask(program, ['--version']) : null;
}

function isPython(path: string): boolean {
  return /^python[\d.]*$/.test(basename(path));
}

/** The Python of a script's first line, also in the form that pip writes for long paths. */
function interpreterOf(program: string): string | null {
  const head = Buffer.alloc(1024);
  const file = openSync(program, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  const [first = '', second = ''] = head.toString('utf8').split('\n');
  const path = /^#!\s*(\S+)$/.exec(first.trim())?.[1] ?? '';
  const candidate = path === '/bin/sh' ? /^'''exec' "?([^"]+?)"? "\$0" "\$@"$/.exec(second.trim())?.[1] : path;
  return candidate !== undefined && isPython(candidate) && findProgram(candidate) !== null ? candidate : null;
}

/** The highest of the releases whose metadata lies in the environment of an interpreter. */
function fromMetadata(python: string): VllmVersion | null {
  // A virtual environment is where its interpreter's link is, not where that points to.
  const roots = new Set([python, realpathSync(python)].map((path) => dirname(dirname(path))));
  for (const root of roots) {
    const versions = ['lib', 'lib64']
      .flatMap((lib) =>
        list(join(root, lib))
          .filter((name) => name.startsWith('python'))
          .map((name) => join(root, lib, name)),
      )
      .flatMap((folder) => ['site-packages', 'dist-packages'].flatMap((name) => list(join(folder, name))))
      .map((name) => /^vllm(?:_cpu)?-(\d.*)\.dist-info$/.exec(name)?.[1])
      .flatMap((text) => (text === undefined ? [] : [parseVllmVersion(text)]))
      .filter((version): version is VllmVersion => version !== null)
      .sort((left, right) => compareVersions(right, left));
    if (versions[0]) return versions[0];
  }
  return null;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (_notThere) {
    return [];
  }
}

function ask(program: string, words: readonly string[]): VllmVersion | null {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8', timeout: ASK_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? parseVllmVersion(stdout.trim().split('\n').at(-1) ?? '') : null;
}
