import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepo, listFiles, repoExists, whoAmI } from '@huggingface/hub';
import type { ListFileEntry } from '@huggingface/hub';
import { isAppError } from '@interleave/kernel';
import type { ManifestFile } from '../verify/manifest';
import { HubTransport } from './hub-transport';
import { hubTrouble } from './hub-trouble';
import { BRIEF } from './retry';
import type { RetryPolicy } from './retry';

export interface HubAddress {
  readonly name: string;
  readonly endpoint: string;
  readonly token: string;
}

/** A model repository on the hub, through the calls of @huggingface/hub. */
export class HubRepository {
  constructor(
    readonly address: HubAddress,
    private readonly policy: RetryPolicy = BRIEF,
  ) {}

  get name(): string {
    return this.address.name;
  }

  /** How the library is told where and who. */
  get access(): { hubUrl: string; accessToken: string; repo: { type: 'model'; name: string } } {
    const { endpoint, token, name } = this.address;
    return { hubUrl: endpoint.replace(/\/+$/, ''), accessToken: token, repo: { type: 'model', name } };
  }

  /** @throws AppError when the token is not one */
  async checkAccess(): Promise<void> {
    await this.asking((fetch) => whoAmI({ ...this.access, fetch }));
  }

  async exists(): Promise<boolean> {
    return this.asking((fetch) => repoExists({ ...this.access, fetch }));
  }

  /** One that is made by someone else in the same moment is as good. */
  async create(isPrivate: boolean): Promise<void> {
    try {
      await this.asking((fetch) => createRepo({ ...this.access, fetch, visibility: isPrivate ? 'private' : undefined }));
    } catch (error) {
      if (!isAppError(error) || error.code !== 'conflict') throw error;
    }
  }

  /** Files of the main branch by path. */
  async files(): Promise<Map<string, ListFileEntry>> {
    return this.asking(async (fetch) => {
      const files = new Map<string, ListFileEntry>();
      for await (const entry of listFiles({ ...this.access, fetch, recursive: true })) {
        if (entry.type === 'file') files.set(entry.path, entry);
      }
      return files;
    });
  }

  private async asking<Result>(ask: (transport: typeof fetch) => Promise<Result>): Promise<Result> {
    const transport = new HubTransport({ onBytes: () => undefined, onRetry: () => undefined }, this.policy);
    try {
      return await ask(transport.fetch);
    } catch (error) {
      throw this.trouble(error);
    }
  }

  /** What went wrong with it, as a sentence. */
  trouble(error: unknown): unknown {
    return hubTrouble(error, this.name, this.address.endpoint);
  }
}

/** Whether the repository holds exactly these bytes under this name. Large files are known by their SHA-256, small ones by what git calls them. */
export async function isSame(entry: ListFileEntry | undefined, folder: string, file: ManifestFile): Promise<boolean> {
  if (!entry) return false;
  if (entry.lfs) return entry.lfs.oid === file.sha256 && entry.lfs.size === file.bytes;
  if (entry.size !== file.bytes) return false;
  const content = await readFile(join(folder, file.path));
  return entry.oid === createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
