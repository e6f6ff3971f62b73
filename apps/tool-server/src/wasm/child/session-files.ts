import type { FileAnswer, FileEntry, FileRequest } from './messages';
import type { EmscriptenFs } from './pyodide';

const HOME = '/tmp';
const MAX_LISTED = 1000;
const MAX_DEPTH = 32;
const MAX_PATH = 1024;

/** Files of the working directory for the host: regular ones only, and no way through a link. */
export class SessionFiles {
  constructor(private readonly fs: EmscriptenFs) {}

  answer(request: FileRequest): FileAnswer {
    try {
      switch (request.type) {
        case 'list':
          return this.list();
        case 'put':
          return this.put(request.path, request.bytes);
        case 'get':
          return this.get(request.path);
        case 'delete':
          return this.delete(request.path);
      }
    } catch (error) {
      const message = error instanceof Error && error.message ? error.message : 'the file system refused';
      return refused('conflict', `${message}.`);
    }
  }

  private put(path: string, bytes: Uint8Array): FileAnswer {
    const parts = partsOf(path);
    if (!parts) return badPath(path);
    const folders = parts.slice(0, -1);
    const obstacle = this.obstacle(folders, path);
    if (obstacle) return obstacle;
    const place = placeOf(parts);
    const kind = this.kindOf(place);
    if (kind !== 'file' && kind !== 'nothing') return refused('conflict', `${path} is not a regular file.`);
    if (folders.length > 0) this.fs.mkdirTree(placeOf(folders));
    // Not over the old one: whoever holds that open keeps what he has.
    if (kind === 'file') this.fs.unlink(place);
    try {
      this.fs.writeFile(place, bytes);
    } catch (_full) {
      if (this.kindOf(place) === 'file') this.fs.unlink(place);
      return refused('payload_too_large', `There is no room for ${path} (${bytes.length} bytes).`);
    }
    return { error: null, size: bytes.length };
  }

  private get(path: string): FileAnswer {
    const found = this.find(path);
    if (typeof found !== 'string') return found;
    const bytes = this.fs.readFile(found).slice();
    return { error: null, size: bytes.length, bytes };
  }

  private delete(path: string): FileAnswer {
    const found = this.find(path);
    if (typeof found !== 'string') return found;
    this.fs.unlink(found);
    return { error: null };
  }

  private list(): FileAnswer {
    const files: FileEntry[] = [];
    const open: string[][] = [[]];
    for (let parts = open.shift(); parts; parts = open.shift()) {
      for (const name of this.fs.readdir(placeOf(parts)).sort()) {
        if (name === '.' || name === '..') continue;
        const inside = [...parts, name];
        const { mode, size, mtime } = this.fs.lstat(placeOf(inside));
        if (this.fs.isDir(mode) && inside.length < MAX_DEPTH) open.push(inside);
        if (!this.fs.isFile(mode)) continue;
        if (files.length === MAX_LISTED) return { error: null, files, is_truncated: true };
        files.push({ path: inside.join('/'), size, modified_at_ms: mtime.getTime() });
      }
    }
    return { error: null, files, is_truncated: false };
  }

  /** Where a regular file is, or why it can't be had. */
  private find(path: string): string | FileAnswer {
    const parts = partsOf(path);
    if (!parts) return badPath(path);
    const obstacle = this.obstacle(parts.slice(0, -1), path);
    if (obstacle) return obstacle;
    const place = placeOf(parts);
    const kind = this.kindOf(place);
    if (kind === 'nothing') return refused('not_found', `There is no file ${path}.`);
    return kind === 'file' ? place : refused('conflict', `${path} is not a regular file.`);
  }

  /** What stands where folders should be. */
  private obstacle(folders: readonly string[], path: string): FileAnswer | null {
    for (let depth = 1; depth <= folders.length; depth += 1) {
      const kind = this.kindOf(placeOf(folders.slice(0, depth)));
      if (kind === 'nothing') return null;
      if (kind !== 'folder') return refused('conflict', `A part of ${path} is not a folder.`);
    }
    return null;
  }

  private kindOf(place: string): 'file' | 'folder' | 'other' | 'nothing' {
    try {
      const { mode } = this.fs.lstat(place);
      if (this.fs.isFile(mode)) return 'file';
      return this.fs.isDir(mode) ? 'folder' : 'other';
    } catch (_missing) {
      return 'nothing';
    }
  }
}

function partsOf(path: string): string[] | null {
  const parts = path.split('/');
  const isPlain = path.length <= MAX_PATH && !path.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain && parts.length <= MAX_DEPTH ? parts : null;
}

function placeOf(parts: readonly string[]): string {
  return [HOME, ...parts].join('/');
}

function badPath(path: string): FileAnswer {
  return refused('invalid_request', `${path} is not a path within the working directory.`);
}

function refused(code: string, message: string): FileAnswer {
  return { error: { code, message } };
}
