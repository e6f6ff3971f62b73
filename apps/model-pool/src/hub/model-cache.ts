import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { chooseGgufFiles } from '@interleave/worker-lifecycle';
import type { HubFile, HubModel } from '@interleave/worker-lifecycle';
import { whyNotGguf, whyNotModelFolder } from '../startup/inspect-model';

const COMMIT = /^[0-9a-f]{40}$/;

/** What the cache has of a model: the path that an engine can load, or why there is none. */
export type CachedModel = { readonly kind: 'whole'; readonly path: string } | { readonly kind: 'lacking'; readonly problem: string };

/**
 * The part of the hub's cache that belongs to one repository, in the layout of huggingface_hub: `blobs/HASH` holds the files,
 * `snapshots/COMMIT/PATH` links to them, `refs/NAME` holds the commit of a branch or tag.
 */
export class ModelCache {
  readonly folder: string;

  constructor(
    private readonly cacheFolder: string,
    readonly id: string,
  ) {
    this.folder = join(cacheFolder, `models--${id.replaceAll('/', '--')}`);
  }

  snapshotFolder(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  blobPath({ sha256, gitId }: HubFile): string {
    return join(this.folder, 'blobs', sha256 ?? gitId);
  }

  /** What has come of a file so far; not the name that huggingface_hub would use, which may be at work on the same file. */
  partPath(file: HubFile): string {
    return `${this.blobPath(file)}.interleave-part`;
  }

  /** Beside those of huggingface_hub. */
  get lockPath(): string {
    return join(this.cacheFolder, '.locks', `models--${this.id.replaceAll('/', '--')}`, 'interleave.lock');
  }

  has(file: HubFile): boolean {
    return sizeOf(this.blobPath(file)) === file.bytes;
  }

  /** Bytes of these files that still have to come. */
  missingBytes(files: readonly HubFile[]): number {
    return this.missing(files).reduce((sum, file) => sum + file.bytes - Math.min(file.bytes, sizeOf(this.partPath(file)) ?? 0), 0);
  }

  /** Files that are not there, each content once. */
  missing(files: readonly HubFile[]): HubFile[] {
    const byBlob = new Map(files.filter((file) => !this.has(file)).map((file) => [this.blobPath(file), file]));
    return [...byBlob.values()];
  }

  /** Makes the files, which are all there, a snapshot. A name, where one was asked for, means it from now on. */
  publish(commit: string, revision: string | null, files: readonly HubFile[]): void {
    for (const file of files) {
      const path = join(this.snapshotFolder(commit), file.path);
      mkdirSync(dirname(path), { recursive: true });
      link(relative(dirname(path), this.blobPath(file)), path);
    }
    const name = revision ?? 'main';
    if (COMMIT.test(name)) return;
    const ref = join(this.folder, 'refs', name);
    mkdirSync(dirname(ref), { recursive: true });
    const draft = `${ref}.${process.pid}`;
    writeFileSync(draft, commit);
    renameSync(draft, ref);
  }

  /** What an engine could load without the network. */
  find({ revision, gguf }: HubModel): CachedModel {
    const commit = this.commitOf(revision ?? 'main');
    const folder = commit === null ? null : this.snapshotFolder(commit);
    if (folder === null || !existsSync(folder)) return { kind: 'lacking', problem: 'it is not there' };
    if (gguf === null) {
      if (!existsSync(join(folder, 'config.json'))) return { kind: 'lacking', problem: `${folder} has no config.json` };
      const problem = whyNotModelFolder(folder);
      return problem === null ? { kind: 'whole', path: folder } : { kind: 'lacking', problem };
    }
    const choice = chooseGgufFiles(filesUnder(folder), gguf);
    if (choice.kind === 'none') return { kind: 'lacking', problem: `${folder} ${choice.problem}` };
    const path = join(folder, choice.model);
    const problem = whyNotGguf(path);
    return problem === null ? { kind: 'whole', path } : { kind: 'lacking', problem };
  }

  private commitOf(revision: string): string | null {
    if (COMMIT.test(revision)) return revision;
    try {
      const commit = readFileSync(join(this.folder, 'refs', revision), 'utf8').trim();
      return COMMIT.test(commit) ? commit : null;
    } catch (_notThere) {
      return null;
    }
  }
}

function filesUnder(folder: string): HubFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ path: path.replaceAll('\\', '/'), bytes: sizeOf(join(folder, path)) }))
    .flatMap(({ path, bytes }) => (bytes === null ? [] : [{ path, bytes, sha256: null, gitId: '' }]));
}

/** Null for what is no file, or a link to nothing. */
function sizeOf(path: string): number | null {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : null;
  } catch (_notThere) {
    return null;
  }
}

/** In one step, also over an older one. */
function link(target: string, path: string): void {
  const draft = `${path}.${process.pid}.link`;
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, path);
}
