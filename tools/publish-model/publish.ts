import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@interleave/kernel';
import type { CheckpointDescription } from './checkpoint/checkpoint-description';
import { CheckpointReader } from './checkpoint/checkpoint-reader';
import { pythonEnvironment } from './checkpoint/python-environment';
import { askPython } from './checkpoint/python-program';
import { findRankFiles } from './checkpoint/rank-files';
import type { RankFiles } from './checkpoint/rank-files';
import { elementsOf } from './merge/safetensors';
import { hasChatTemplate, MODEL_CARD, readSideFiles } from './merge/side-files';
import type { SideFiles } from './merge/side-files';
import { TargetFolder } from './merge/target-folder';
import { configDtype, planMerge, writeModel } from './merge-checkpoint';
import type { MergePlan } from './merge-checkpoint';
import { modelCard } from './model-card';
import type { PublishModelSettings } from './publish-model.settings';
import { findStepRecords, STEP_RECORDS, zipStepRecords } from './step-records/step-records';
import type { StepRecords } from './step-records/step-records';
import { writing } from './text/file-trouble';
import { Progress, withSteps } from './text/progress';
import { bytesText, BYTES_PER_GB } from './text/quantities';
import { HubRepository } from './upload/hub-repository';
import { findToken } from './upload/hub-token';
import { checkNotTaken, uploadModel } from './upload/upload-model';
import type { Architecture } from './verify/architecture';
import { fingerprintOf, firstChanged, MANIFEST, manifestFile, manifestText, readManifest } from './verify/manifest';
import type { Manifest, ManifestFile } from './verify/manifest';

interface Inputs {
  readonly rankFiles: RankFiles;
  readonly sideFiles: SideFiles;
  readonly stepRecords: StepRecords | null;
}

/** From shards to a repository. What can be wrong is found out before anything is written or sent. */
export async function publishModel(settings: PublishModelSettings, say: (line: string) => void): Promise<void> {
  const sideFolder = resolve(settings.hfModelPath ?? join(settings.localDir, 'huggingface'));
  const inputs: Inputs = {
    rankFiles: findRankFiles(settings.localDir),
    sideFiles: readSideFiles(sideFolder),
    stepRecords: settings.stepRecords === undefined ? null : findStepRecords(settings.stepRecords),
  };
  if (!hasChatTemplate(inputs.sideFiles)) say('Note: the tokenizer has no chat template; the model can be used for completions only.');
  TargetFolder.check(settings.targetDir, sideFolder);
  const repository = settings.hfUploadPath === undefined ? null : await openRepository(settings, settings.hfUploadPath);

  const source = sourceOf(settings, inputs);
  const earlier = readManifest(settings.targetDir);
  if (earlier && earlier.source !== source) {
    throw new AppError(
      'invalid_request',
      `${settings.targetDir} holds a model merged from something else (see ${MANIFEST} there): name another --target-dir.`,
    );
  }
  const manifest = (earlier && (await reuse(settings, earlier, inputs, say))) ?? (await merge(settings, inputs, source, say));
  if (!manifest) return;
  if (!repository) return say(`The model is in ${settings.targetDir}. It was not uploaded: --hf-upload-path org/name does that.`);
  if (settings.dryRun) return say('Dry run: nothing was sent.');
  await uploadModel(repository, settings.targetDir, manifest, settings, say);
}

/** Whether the token and the name are good is known before hours of merging, not after. */
async function openRepository(settings: PublishModelSettings, name: string): Promise<HubRepository> {
  const repository = new HubRepository({ name, endpoint: settings.hfEndpoint, token: findToken(settings) });
  await repository.checkAccess();
  const mayHoldOurs = settings.update || readManifest(settings.targetDir) !== null;
  if (!mayHoldOurs && (await repository.exists())) checkNotTaken(name, [...(await repository.files()).keys()]);
  return repository;
}

/** What the merged files follow from. Not the paths: a directory that was moved is still the same checkpoint. */
function sourceOf({ dtype, maxShardGb, loraAlpha }: PublishModelSettings, { rankFiles, sideFiles }: Inputs): string {
  const shards = rankFiles.files.map(({ name, bytes, modifiedMs }) => [name, bytes, modifiedMs]);
  return fingerprintOf([shards, dtype, maxShardGb, loraAlpha ?? null, sideFiles.config['architectures'] ?? null]);
}

/** An earlier run has merged it: if every file is still as it was, only the step records may have to be made. */
async function reuse(
  settings: PublishModelSettings,
  earlier: Manifest,
  { stepRecords }: Inputs,
  say: (line: string) => void,
): Promise<Manifest> {
  const changed = await withSteps(say, 'Checking what an earlier run has merged', null, () =>
    firstChanged(settings.targetDir, earlier.files),
  );
  if (changed !== null && changed !== STEP_RECORDS) {
    throw new AppError(
      'invalid_request',
      `${changed} in ${settings.targetDir} is not as it was merged. Remove ${MANIFEST} and the weights there to merge again, or name another --target-dir.`,
    );
  }
  if (settings.dryRun || (changed === null && recordsOf(stepRecords) === earlier.stepRecords)) return earlier;
  const files = earlier.files.filter(({ path }) => path !== STEP_RECORDS);
  return finish(settings.targetDir, earlier.source, files, stepRecords, say);
}

async function merge(
  settings: PublishModelSettings,
  inputs: Inputs,
  source: string,
  say: (line: string) => void,
): Promise<Manifest | null> {
  const { rankFiles, sideFiles, stepRecords } = inputs;
  const python = await pythonEnvironment(settings.publishPython, say);
  const { reader, description } = await CheckpointReader.open(
    python,
    rankFiles.files.map(({ path }) => path),
  );
  try {
    const architecture = settings.checkArchitecture
      ? ((await withSteps(say, 'Asking transformers for the architecture', null, () =>
          askPython(python, 'check_model.py', ['architecture', sideFiles.folder]),
        )) as Architecture)
      : null;
    const plan = await planMerge(settings, description, reader, architecture);
    tell(plan, description, inputs, say);
    if (settings.dryRun) {
      say('Dry run: nothing was written or sent.');
      return null;
    }
    const target = await TargetFolder.open(settings.targetDir, plan.bytes + (stepRecords?.bytes ?? 0));
    try {
      const progress = new Progress(plan.bytes);
      const names = await withSteps(say, `Merging ${bytesText(plan.bytes)}`, progress, () =>
        writeModel(plan, sideFiles, target, reader, (bytes) => progress.add(bytes)),
      );
      if (plan.bytes <= settings.forwardPassGb * BYTES_PER_GB) {
        await withSteps(say, 'Running the merged model on a few tokens', null, () =>
          askPython(python, 'check_model.py', ['forward', target.partial]),
        );
      }
      if (!names.includes(MODEL_CARD)) names.push(await writeCard(settings, target, plan, architecture, description, inputs));
      const files = await withSteps(say, 'Taking checksums', null, () => manifestFiles(target.partial, names));
      const manifest = await finish(target.partial, source, files, stepRecords, say);
      // The manifest first: what is interrupted from here on is known to be ours.
      await target.commit([MANIFEST, ...manifest.files.map(({ path }) => path)]);
      return manifest;
    } finally {
      await target.discard();
    }
  } finally {
    await reader.close();
  }
}

async function writeCard(
  settings: PublishModelSettings,
  target: TargetFolder,
  plan: MergePlan,
  architecture: Architecture | null,
  { mesh }: CheckpointDescription,
  { rankFiles, stepRecords }: Inputs,
): Promise<string> {
  const card = modelCard({
    localDir: resolve(settings.localDir),
    architecture: architecture?.class ?? null,
    parameters: plan.model.reduce((sum, tensor) => sum + elementsOf(tensor), 0),
    dtype: plan.dtype,
    worldSize: rankFiles.worldSize,
    fsdpVersion: rankFiles.fsdpVersion,
    mesh: mesh?.shape ?? null,
    hasAdapter: plan.adapter !== null,
    hasStepRecords: stepRecords !== null,
  });
  await writing(settings.targetDir, async () => writeFile(await target.place(MODEL_CARD), card));
  return MODEL_CARD;
}

function tell(plan: MergePlan, { kind, mesh }: CheckpointDescription, { rankFiles, sideFiles }: Inputs, say: (line: string) => void): void {
  const layout = mesh ? `, mesh ${mesh.shape.join(' × ')}${mesh.names ? ` (${mesh.names.join(' × ')})` : ''}` : '';
  say(
    `${rankFiles.worldSize} ranks of ${kind}${layout}: ${plan.model.length} tensors, ${bytesText(plan.bytes)} in ${plan.weightFiles.length} file(s), ${plan.dtype}.`,
  );
  for (const name of plan.tied) say(`${name} is tied and equal to its twin: it is written once.`);
  if (plan.adapter) say(`A LoRA adapter of ${plan.adapter.tensors.length} tensors goes into lora_adapter/.`);
  if (configDtype(sideFiles.config) !== plan.dtype)
    say(`Note: config.json says ${String(configDtype(sideFiles.config))}; it will say ${plan.dtype}.`);
}

async function manifestFiles(folder: string, names: readonly string[]): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const name of [...names].sort()) files.push(await manifestFile(folder, name));
  return files;
}

/** Step records and manifest: what comes last. */
async function finish(
  folder: string,
  source: string,
  modelFiles: readonly ManifestFile[],
  stepRecords: StepRecords | null,
  say: (line: string) => void,
): Promise<Manifest> {
  const files = [...modelFiles];
  if (stepRecords) {
    const progress = new Progress(stepRecords.bytes);
    const path = join(folder, STEP_RECORDS);
    await withSteps(say, `Packing ${stepRecords.files.length} step records, ${bytesText(stepRecords.bytes)}`, progress, () =>
      writing(path, () => zipStepRecords(stepRecords, path, (bytes) => progress.add(bytes))),
    );
    files.push(await manifestFile(folder, STEP_RECORDS));
  }
  const manifest = { source, stepRecords: recordsOf(stepRecords), files };
  await writing(folder, () => writeFile(join(folder, MANIFEST), manifestText(manifest)));
  return manifest;
}

function recordsOf(stepRecords: StepRecords | null): string | null {
  return stepRecords && fingerprintOf(stepRecords.files.map(({ name, bytes, modified }) => [name, bytes, modified.getTime()]));
}
