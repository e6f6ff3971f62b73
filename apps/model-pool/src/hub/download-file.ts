import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@interleave/kernel';
import type { HubFile } from '@interleave/worker-lifecycle';
import { systemErrorCode } from '../processes/system-error-code';
import { retryDelayMs } from './hub-client';
import type { HubClient } from './hub-client';
import { HubRefusal, isPassing } from './hub-trouble';

/** In a row, without a byte that came. */
const ATTEMPTS = 6;
/** How often a file may turn out to be another one than the hub says. */
const WRONG_CONTENTS = 2;
const HASH_CHUNK_BYTES = 1 << 20;

export interface FileDownload {
  readonly client: HubClient;
  readonly id: string;
  readonly commit: string;
  readonly file: HubFile;
  readonly partPath: string;
  readonly path: string;
  /** Negative when what came has to come again. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Brings one file into the cache: goes on where an earlier attempt stopped, also one of an earlier process, and gives it its name only when it
 * is whole and has the hash that the hub says.
 */
export async function downloadFile(download: FileDownload): Promise<void> {
  await mkdir(dirname(download.path), { recursive: true });
  for (let wrong = 0; ;) {
    const part = await PartFile.open(download.partPath, download.file);
    try {
      await fill(part, download);
      if (part.isRight()) {
        // After a power cut a small one is asked for again at little cost.
        if (download.file.sha256 !== null) await part.sync();
        await rename(download.partPath, download.path);
        return;
      }
    } finally {
      await part.close();
    }
    await rm(download.partPath, { force: true });
    download.onBytes(-part.bytes);
    wrong += 1;
    if (wrong === WRONG_CONTENTS) throw wrongContent(download);
  }
}

async function fill(part: PartFile, { client, id, commit, file, onBytes, signal }: FileDownload): Promise<void> {
  for (let failures = 0; part.bytes < file.bytes;) {
    const before = part.bytes;
    try {
      const { statusCode, body } = await client.open(id, commit, file.path, part.bytes, signal);
      if (statusCode !== 206 && part.bytes > 0) {
        // It has no other way than to give all of it.
        onBytes(-part.bytes);
        await part.restart();
      }
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (part.bytes + chunk.length > file.bytes) return part.spoil();
        await part.append(chunk);
        onBytes(chunk.length);
      }
      if (part.bytes < file.bytes) throw Object.assign(new Error('The file ended early.'), { code: 'ECONNRESET' });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof HubRefusal && error.status === 416) {
        onBytes(-part.bytes);
        await part.restart();
      } else if (!isPassing(error)) throw diskTrouble(error, file.path) ?? error;
      failures = part.bytes > before ? 1 : failures + 1;
      if (failures === ATTEMPTS) throw error;
      await sleep(retryDelayMs(failures, error), undefined, { signal });
    }
  }
}

/** What has come of a file, and its hash so far. */
class PartFile {
  private isSpoiled = false;

  private constructor(
    private readonly handle: FileHandle,
    private readonly file: HubFile,
    private hash: Hash,
    public bytes: number,
  ) {}

  static async open(path: string, file: HubFile): Promise<PartFile> {
    const handle = await open(path, 'a+');
    const { size } = await handle.stat();
    const part = new PartFile(handle, file, startHash(file), 0);
    if (size > file.bytes) await handle.truncate(0);
    else {
      const buffer = Buffer.alloc(HASH_CHUNK_BYTES);
      while (part.bytes < size) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, part.bytes);
        if (bytesRead === 0) break;
        part.hash.update(buffer.subarray(0, bytesRead));
        part.bytes += bytesRead;
      }
    }
    return part;
  }

  async append(chunk: Buffer): Promise<void> {
    await this.handle.appendFile(chunk);
    this.hash.update(chunk);
    this.bytes += chunk.length;
  }

  async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.hash = startHash(this.file);
    this.bytes = 0;
  }

  /** More came than there should be. */
  spoil(): void {
    this.isSpoiled = true;
  }

  isRight(): boolean {
    return !this.isSpoiled && this.bytes === this.file.bytes && this.hash.digest('hex') === (this.file.sha256 ?? this.file.gitId);
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Large files have their SHA-256; what git holds is called by the SHA-1 of its length and content. */
function startHash({ sha256, bytes }: HubFile): Hash {
  return sha256 === null ? createHash('sha1').update(`blob ${bytes}\0`) : createHash('sha256');
}

function wrongContent({ id, file }: FileDownload): AppError {
  return new AppError(
    'internal',
    `What came for ${file.path} of ${id} is not what the hub says it is (by its hash), twice: look at proxies between here and the hub.`,
    { isRetryable: true },
  );
}

function diskTrouble(error: unknown, what: string): AppError | null {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null;
  return new AppError(
    'invalid_settings',
    `The disk filled up while ${what} was fetched: free some space, or set HF_HOME to a larger disk.`,
    {
      cause: error,
    },
  );
}
