import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { commitIter } from '@huggingface/hub';
import { AppError } from '@interleave/kernel';
import type { PublishModelSettings } from '../publish-model.settings';
import { withSteps } from '../text/progress';
import { bytesText, durationText } from '../text/quantities';
import { MANIFEST, manifestFile } from '../verify/manifest';
import type { Manifest, ManifestFile } from '../verify/manifest';
import type { HubRepository } from './hub-repository';
import { isSame } from './hub-repository';
import { HubTransport } from './hub-transport';
import { isPassing } from './hub-trouble';
import { PATIENT, retryDelayMs } from './retry';
import type { RetryPolicy } from './retry';
import { UploadProgress } from './upload-progress';

/** What the hub itself puts into a new repository. */
const HUBS_OWN = ['.gitattributes'];

/**
 * Brings a merged model into its repository, as one commit. Whatever it was interrupted by: run again, it looks at what is there and sends the rest.
 * @throws AppError when the repository holds something else, or the hub goes on refusing
 */
export async function uploadModel(
  repository: HubRepository,
  folder: string,
  manifest: Manifest,
  settings: Pick<PublishModelSettings, 'private' | 'update'>,
  say: (line: string) => void,
  policy: RetryPolicy = PATIENT,
): Promise<void> {
  const files = [...manifest.files, await manifestFile(folder, MANIFEST)];
  if (!(await repository.exists())) await repository.create(settings.private);
  const page = `${repository.access.hubUrl}/${repository.name}`;
  let missing = await missingFiles(repository, folder, files, settings.update);
  if (missing.length === 0) return say(`${page} holds exactly these files already.`);

  const progress = new UploadProgress(missing);
  await withSteps(say, `Uploading ${missing.length} files, ${bytesText(progress.totalBytes)}`, progress, async () => {
    for (let attempt = 1; missing.length > 0; attempt += 1) {
      try {
        await commitFiles(repository, folder, missing, progress, say, policy);
      } catch (error) {
        if (attempt === policy.attempts || !isPassing(error)) throw repository.trouble(error);
        const delayMs = retryDelayMs(attempt, null, policy, Math.random());
        say(`  The upload broke; it goes on in ${durationText(delayMs)}.`);
        await sleep(delayMs);
      }
      // Also after a commit whose answer got lost.
      missing = await missingFiles(repository, folder, files, true);
      if (missing.length > 0 && attempt === policy.attempts) throw notAll(repository.name, missing);
    }
  });
  say(`${page} holds the model; every file is as in ${MANIFEST}. ${bytesText(progress.wireBytes)} were sent.`);
}

/** @throws AppError when a repository holds files that are not of this model */
export function checkNotTaken(name: string, otherPaths: readonly string[]): void {
  const strange = otherPaths.filter((path) => !HUBS_OWN.includes(path));
  if (strange.length === 0) return;
  const shown = strange.slice(0, 3).join(', ');
  throw new AppError(
    'conflict',
    `${name} is taken: it holds other files (${shown}${strange.length > 3 ? ', …' : ''}). Choose another --hf-upload-path, or commit on top of it with --update.`,
  );
}

async function commitFiles(
  repository: HubRepository,
  folder: string,
  files: readonly ManifestFile[],
  progress: UploadProgress,
  say: (line: string) => void,
  policy: RetryPolicy,
): Promise<void> {
  const transport = new HubTransport(
    {
      onBytes: (path, bytes) => progress.sent(path, bytes),
      onRetry: (reason, delayMs) => say(`  ${reason}; trying again in ${durationText(delayMs)}`),
    },
    policy,
  );
  try {
    const commit = commitIter({
      ...repository.access,
      title: 'Upload the merged model',
      operations: files.map(({ path }) => ({ operation: 'addOrUpdate', path, content: pathToFileURL(join(folder, path)) })),
      fetch: transport.fetch,
      // Its chunks go to a second service with a protocol of its own, past the retries and counts of this tool.
      useXet: false,
    });
    for (let step = await commit.next(); !step.done; step = await commit.next()) {
      const { value } = step;
      if (value.event !== 'fileProgress' || value.state !== 'uploading' || value.progress < 1) continue;
      progress.isThere(value.path);
      transport.fileIsWhole(value.path);
    }
  } finally {
    await transport.close();
  }
}

/** Files that the repository lacks, or has otherwise. */
async function missingFiles(
  repository: HubRepository,
  folder: string,
  files: readonly ManifestFile[],
  mayChange: boolean,
): Promise<ManifestFile[]> {
  const there = await repository.files();
  const ours = new Set<string>();
  for (const file of files) if (await isSame(there.get(file.path), folder, file)) ours.add(file.path);
  if (!mayChange)
    checkNotTaken(
      repository.name,
      [...there.keys()].filter((path) => !ours.has(path)),
    );
  return files.filter(({ path }) => !ours.has(path));
}

function notAll(name: string, missing: readonly ManifestFile[]): AppError {
  return new AppError('internal', `${name} took the commit but lacks ${missing[0]?.path}: run the same command again.`);
}
