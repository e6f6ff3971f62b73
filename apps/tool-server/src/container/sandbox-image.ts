import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { AppError } from '@interleave/kernel';
import type { ContainerRuntime } from '@interleave/docker-runtime';
import { SANDBOX_LABEL } from './labels';

const NOT_IN_THE_IMAGE = ['__pycache__', 'seccomp.json', 'README.md', '.dockerignore'];

export type SandboxTier = 'core' | 'standard';

export interface SandboxFolder {
  readonly path: string;
  /** Which packages the image has. */
  readonly tier: SandboxTier;
  /** Follows from the content: an edit gives a new image, the same content finds the old one. */
  readonly imageTag: string;
  readonly seccompProfile: string;
}

/** Finds `docker/sandbox` in the folder of this file or one above it: the source tree or what was built from it. */
export function findSandboxFolder(tier: SandboxTier = 'standard', from: string = __dirname): SandboxFolder {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'docker', 'sandbox');
    if (existsSync(join(path, 'Dockerfile'))) {
      return {
        path,
        tier,
        imageTag: `interleave-sandbox:${contentHash(path)}${tier === 'standard' ? '' : `-${tier}`}`,
        seccompProfile: readFileSync(join(path, 'seccomp.json'), 'utf8'),
      };
    }
  }
  throw new AppError(
    'sandbox_unavailable',
    `docker/sandbox was not found in ${from} or above it: run the tool server from its repository.`,
  );
}

/** Builds the image unless it is there. Takes a minute or two the first time; `onProgress` hears of each step. */
export async function ensureSandboxImage(
  runtime: ContainerRuntime,
  folder: SandboxFolder,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (await runtime.imageExists(folder.imageTag, signal)) return;
  try {
    await runtime.buildImage(
      {
        folder: folder.path,
        ignoredNames: NOT_IN_THE_IMAGE,
        tag: folder.imageTag,
        arguments: { TIER: folder.tier },
        labels: { [`${SANDBOX_LABEL}.image`]: 'true' },
        onProgress: (line) => {
          if (/^(Step \d|Successfully)/.test(line)) onProgress(line);
        },
      },
      signal,
    );
  } catch (error) {
    throw new AppError(
      'sandbox_unavailable',
      `The sandbox image could not be built (${error instanceof Error ? error.message : String(error)}). ` +
        'Where no image registry is reachable, tools/ci/ensure-base-images.sh makes its base image from Debian packages.',
      { cause: error },
    );
  }
}

function contentHash(folder: string): string {
  const hash = createHash('sha256');
  for (const path of filesIn(folder)) hash.update(relative(folder, path)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex').slice(0, 12);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !NOT_IN_THE_IMAGE.includes(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]));
}
