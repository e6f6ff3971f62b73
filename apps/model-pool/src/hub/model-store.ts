import { statfs } from 'node:fs/promises';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import { chooseGgufFiles, chooseModelFiles, describeDownload, DownloadMeter, formatBytes } from '@interleave/worker-lifecycle';
import type { HubFile, HubModel } from '@interleave/worker-lifecycle';
import type { LaunchActivity } from '../launch/launch-watch';
import type { ProcessTable } from '../processes/process-table';
import { systemErrorCode } from '../processes/system-error-code';
import { downloadFile } from './download-file';
import { lockDownload } from './download-lock';
import type { HubAccess } from './hub-access';
import { HubClient } from './hub-client';
import { isPassing, toHubTrouble } from './hub-trouble';
import { ModelCache } from './model-cache';
import { SharedWork } from './shared-work';

const FILES_AT_ONCE = 4;
const REPORT_INTERVAL_MS = 1_000;
/** A disk that is full to the last byte is of no use to anybody. */
const SPARE_BYTES = 100_000_000;

/** What was found out about a model before anything is fetched. */
export interface ModelLook {
  /** That the engine will load. */
  readonly path: string;
  /** Of its weights and what belongs to them. */
  readonly bytes: number;
  /** That are not here yet. */
  readonly missingBytes: number;
  readonly warning: string | null;
}

interface Listing extends ModelLook {
  /** Null where the cache is all that is known of. */
  readonly remote: { readonly commit: string; readonly files: readonly HubFile[] } | null;
}

/** Models of the hub: looks what they are, and brings their files into the cache that all programs of the hub share. */
export class ModelStore {
  private readonly client: HubClient;
  /** A deployment stays with the commit it began with: its copies must be alike. */
  private readonly listings = new Map<string, Listing>();
  private readonly downloads = new SharedWork<string, LaunchActivity>();

  constructor(
    readonly access: HubAccess,
    private readonly processes: ProcessTable,
  ) {
    this.client = new HubClient(access);
  }

  /**
   * Asks the hub, or only the cache where the network is to be left alone.
   * @throws AppError that says what to do
   */
  async look(model: HubModel, signal: AbortSignal): Promise<ModelLook> {
    return this.list(model, signal);
  }

  /** What was seen of a model when it was asked for last with the same `pin`; null before. */
  known(model: HubModel, pin: string): ModelLook | null {
    return this.listings.get(keyOf(model, pin)) ?? null;
  }

  /**
   * Sees to it that all files are here. Those who want the same at once share one download; it ends when none of them waits any more.
   * @param pin the same for all who must get the same commit
   * @param report hears how far it is, about once a second
   * @returns the path that the engine loads
   * @throws AppError that says what to do
   */
  async ensure(model: HubModel, pin: string, report: (activity: LaunchActivity) => void, signal: AbortSignal): Promise<string> {
    const key = keyOf(model, pin);
    return this.downloads.join(key, report, signal, async (tell, workSignal) => {
      const known = this.listings.get(key);
      const listing = known ?? (await this.list(model, workSignal));
      this.listings.set(key, listing);
      if (listing.remote !== null) await this.fetch(model, listing.remote, tell, workSignal);
      return listing.path;
    });
  }

  private async list(model: HubModel, signal: AbortSignal): Promise<Listing> {
    const cache = new ModelCache(this.access.cacheFolder, model.id);
    if (this.access.isOffline) {
      const found = cache.find(model);
      if (found.kind === 'whole') return cached(found.path, null);
      throw new AppError(
        'invalid_settings',
        `HF_HUB_OFFLINE is set, and ${model.id} is not whole in the cache (${cache.folder}): ${withoutStop(found.problem)}. Start once without HF_HUB_OFFLINE, or set MODEL_PATH to files on this machine.`,
      );
    }
    try {
      const { commit, isGated } = await this.client.revision(model.id, model.revision, signal);
      const all = await this.client.files(model.id, commit, signal);
      const choice = model.gguf === null ? chooseModelFiles(all) : chooseGgufFiles(all, model.gguf);
      if (choice.kind === 'none') throw new AppError('invalid_settings', `${model.id} ${choice.problem}.`);
      const { files } = choice;
      const missingBytes = cache.missingBytes(files);
      const [first] = cache.missing(files);
      if (isGated && first) await this.client.checkAccess(model.id, commit, first.path, signal);
      await this.requireRoom(missingBytes, model.id);
      const path = join(cache.snapshotFolder(commit), choice.model);
      return { path, bytes: sum(files), missingBytes, warning: null, remote: { commit, files } };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const trouble = toHubTrouble(error, model, this.access);
      const found = isPassing(error) ? cache.find(model) : null;
      if (found?.kind !== 'whole') throw trouble;
      return cached(found.path, `The hub (${this.access.endpoint}) was not reached: ${model.id} is used as the cache has it.`);
    }
  }

  private async fetch(
    model: HubModel,
    { commit, files }: { readonly commit: string; readonly files: readonly HubFile[] },
    report: (activity: LaunchActivity) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, revision } = model;
    const cache = new ModelCache(this.access.cacheFolder, id);
    if (cache.missing(files).length === 0) return cache.publish(commit, revision, files);
    const unlock = await lockDownload(
      cache.lockPath,
      this.processes,
      (by) => report({ text: `waiting for the download of ${by}`, share: null }),
      signal,
    );
    try {
      // Whoever held the lock may have fetched the same.
      const missing = cache.missing(files);
      await this.requireRoom(cache.missingBytes(files), id);
      const meter = new DownloadMeter(sum(files) - cache.missingBytes(files), sum(files), performance.now());
      const tell = (): void => {
        const state = meter.state(performance.now());
        report({ text: `downloading: ${describeDownload(state)}`, share: state.totalBytes === 0 ? 1 : state.doneBytes / state.totalBytes });
      };
      tell();
      const ticker = setInterval(tell, REPORT_INTERVAL_MS);
      try {
        await inParallel(missing, signal, async (file, fileSignal) => {
          const onBytes = (bytes: number): void => meter.add(bytes, performance.now());
          const [path, partPath] = [cache.blobPath(file), cache.partPath(file)];
          await downloadFile({ client: this.client, id, commit, file, path, partPath, onBytes, signal: fileSignal });
        });
        tell();
      } finally {
        clearInterval(ticker);
      }
      cache.publish(commit, revision, files);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toHubTrouble(error, model, this.access);
    } finally {
      unlock();
    }
  }

  private async requireRoom(bytes: number, id: string): Promise<void> {
    if (bytes === 0) return;
    const { cacheFolder } = this.access;
    requireWritable(cacheFolder);
    const { bavail, bsize } = await statfs(cacheFolder);
    const free = bavail * bsize;
    if (bytes + SPARE_BYTES <= free) return;
    throw new AppError(
      'invalid_settings',
      `${id} needs ${formatBytes(bytes)} more on the disk of ${cacheFolder}, which has ${formatBytes(free)} left: free some space, or set HF_HOME to a larger disk.`,
    );
  }
}

function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const problem = `${folder} can't be written to (${systemErrorCode(cause) ?? 'unknown'}): set HF_HOME to a folder that can.`;
    throw new AppError('invalid_settings', problem, { cause });
  }
}

/** A few at a time; the first that fails ends the others. */
async function inParallel<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const rest = [...items];
  const failures: unknown[] = [];
  const runner = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined && !both.aborted; item = rest.shift()) {
      try {
        await work(item, both);
      } catch (error) {
        failures.push(error);
        ending.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, items.length) }, runner));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

function cached(path: string, warning: string | null): Listing {
  return { path, bytes: 0, missingBytes: 0, warning, remote: null };
}

function sum(files: readonly HubFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

function keyOf({ id, revision, gguf }: HubModel, pin: string): string {
  return JSON.stringify([pin, id, revision, gguf]);
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
