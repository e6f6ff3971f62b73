import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '@interleave/kernel';
import { undoLater } from '../../harness/cleanup';
import { bytesText } from '../text/quantities';
import { writing } from '../text/file-trouble';
import { MANIFEST } from '../verify/manifest';
import { isWeightFile } from './side-files';

const PARTIAL = '.publish-model.partial';
/** Beside the weights: configuration, tokenizer, and what file systems take for themselves. */
const MARGIN_BYTES = 64_000_000;

/** The directory that the model is written to: first aside in it, then, when all is there, in place. */
export class TargetFolder {
  private constructor(
    readonly path: string,
    /** Where files are written until all are. */
    readonly partial: string,
  ) {}

  /** @throws AppError when it holds something that merging would mix with */
  static check(path: string, sideFolder: string): void {
    if (!existsSync(path)) return;
    if (existsSync(join(path, MANIFEST))) return;
    const names = namesIn(path).filter((name) => name !== PARTIAL);
    const weights = names.find(isWeightFile);
    if (weights !== undefined) {
      throw new AppError(
        'invalid_request',
        `${path} already holds weights that this tool did not write (${weights}): name another --target-dir, or move them away.`,
      );
    }
    const isSideFolder = existsSync(sideFolder) && realpathSync(path) === realpathSync(sideFolder);
    if (!isSideFolder && names.length > 0) {
      throw new AppError('invalid_request', `${path} is not empty (${names[0]}): name a new directory as --target-dir.`);
    }
  }

  static async open(
    path: string,
    neededBytes: number,
    freeBytes: (folder: string) => Promise<number> = freeBytesOf,
  ): Promise<TargetFolder> {
    return writing(path, async () => {
      const partial = join(path, PARTIAL);
      await mkdir(path, { recursive: true });
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial);
      const free = await freeBytes(path);
      if (free < neededBytes + MARGIN_BYTES) {
        await rm(partial, { recursive: true });
        throw new AppError(
          'invalid_request',
          `${path} has ${bytesText(free)} free, and the model needs ${bytesText(neededBytes + MARGIN_BYTES)}: free some space, or name a directory on another disk.`,
        );
      }
      return new TargetFolder(path, partial);
    });
  }

  async place(name: string): Promise<string> {
    const path = join(this.partial, name);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  async commit(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(join(this.path, name)), { recursive: true });
      await rename(join(this.partial, name), join(this.path, name));
    }
    await this.discard();
  }

  readonly discard = undoLater(async () => {
    await rm(this.partial, { recursive: true, force: true });
  });
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(resolve(folder));
  return bavail * bsize;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new AppError('invalid_request', `${path} is no directory that can be read: name another --target-dir.`, { cause: error });
  }
}
