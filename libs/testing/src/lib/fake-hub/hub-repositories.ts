import { createHash } from 'node:crypto';

export interface HubFile {
  readonly bytes: number;
  /** SHA-256 of a large file, which lies in the object store; null for one that git holds. */
  readonly lfs: string | null;
  readonly content: Buffer | null;
}

export interface HubCommit {
  readonly id: string;
  readonly title: string;
  readonly paths: readonly string[];
}

const FIRST_FILE = '*.safetensors filter=lfs diff=lfs merge=lfs -text\n*.zip filter=lfs diff=lfs merge=lfs -text\n';

/** One repository: the files of main, and its commits. */
export class HubRepositoryState {
  readonly files = new Map<string, HubFile>();
  readonly commits: HubCommit[] = [];

  constructor(
    readonly isPrivate: boolean,
    /** Its files are only given to those who show a token. */
    readonly isGated = false,
  ) {
    // As the hub does it.
    this.commit('initial commit', new Map([['.gitattributes', regular(Buffer.from(FIRST_FILE))]]));
  }

  commit(title: string, files: ReadonlyMap<string, HubFile>): HubCommit {
    for (const [path, file] of files) this.files.set(path, file);
    const paths = [...files.keys()];
    const id = createHash('sha1').update(`${this.commits.length}:${title}:${paths.join()}`).digest('hex');
    const commit = { id, title, paths };
    this.commits.push(commit);
    return commit;
  }

  get head(): HubCommit {
    return this.commits.at(-1) ?? { id: '', title: '', paths: [] };
  }

  /** As `GET /api/models/NAME/tree/main?recursive=true` lists it. */
  tree(): object[] {
    return [...this.files].map(([path, { bytes, lfs, content }]) => {
      const stored = content ?? Buffer.from(pointer(lfs ?? '', bytes));
      const oid = gitIdOf(stored);
      return {
        type: 'file',
        path,
        size: bytes,
        oid,
        ...(lfs === null ? {} : { lfs: { oid: lfs, size: bytes, pointerSize: stored.length } }),
      };
    });
  }
}

/** What git calls a content. */
export function gitIdOf(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

export function regular(content: Buffer): HubFile {
  return { bytes: content.length, lfs: null, content };
}

function pointer(oid: string, size: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;
}
