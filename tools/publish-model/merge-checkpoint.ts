import { createHash } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import type { CheckpointDescription } from './checkpoint/checkpoint-description';
import type { CheckpointReader } from './checkpoint/checkpoint-reader';
import { adapterConfig, ADAPTER_FOLDER } from './merge/lora-adapter';
import type { LoraFacts } from './merge/lora-adapter';
import { bytesOf } from './merge/safetensors';
import { BYTES_PER_GB } from './text/quantities';
import { CONFIG, withDtype } from './merge/side-files';
import type { SideFiles } from './merge/side-files';
import type { TargetFolder } from './merge/target-folder';
import { mainDtype, planTensors } from './merge/tensor-plan';
import type { PlannedTensor } from './merge/tensor-plan';
import { weightFiles, weightIndex } from './merge/weight-files';
import type { WeightFile } from './merge/weight-files';
import { writeWeightFile } from './merge/write-weights';
import type { PublishModelSettings } from './publish-model.settings';
import { writing } from './text/file-trouble';
import { checkTensors, tiedPairs } from './verify/architecture';
import type { Architecture } from './verify/architecture';

/** Everything that is going to be written, decided before anything is. */
export interface MergePlan {
  readonly model: readonly PlannedTensor[];
  readonly weightFiles: readonly WeightFile<PlannedTensor>[];
  readonly adapter: { readonly tensors: readonly PlannedTensor[]; readonly config: object } | null;
  /** Tied weights that are written once. */
  readonly tied: readonly string[];
  readonly dtype: string;
  readonly bytes: number;
}

/** @throws AppError where the checkpoint and its configuration don't fit */
export async function planMerge(
  settings: PublishModelSettings,
  description: CheckpointDescription,
  reader: CheckpointReader,
  architecture: Architecture | null,
): Promise<MergePlan> {
  const { model: all, adapter } = planTensors(description.tensors, settings.dtype);
  if (architecture) checkTensors(all, architecture);
  const tied: string[] = [];
  for (const { name, like } of architecture ? tiedPairs(all, architecture) : []) {
    await checkEqual(reader, all, name, like);
    tied.push(name);
  }
  const model = all.filter(({ name }) => !tied.includes(name));
  const files = weightFiles(model, settings.maxShardGb * BYTES_PER_GB);
  return {
    model,
    weightFiles: files,
    adapter:
      adapter.length === 0 ? null : { tensors: adapter, config: adapterConfig(adapter, loraFacts(settings.localDir), settings.loraAlpha) },
    tied,
    dtype: mainDtype(model),
    bytes: [...model, ...adapter].reduce((sum, tensor) => sum + bytesOf(tensor), 0),
  };
}

/** Writes the model aside in `target`, weights and all. @returns the names of its files */
export async function writeModel(
  plan: MergePlan,
  sideFiles: SideFiles,
  target: TargetFolder,
  reader: CheckpointReader,
  onBytes: (bytes: number) => void,
): Promise<string[]> {
  return writing(target.path, async () => {
    const names: string[] = [];
    const put = async (name: string, content: object): Promise<void> => {
      await writeFile(await target.place(name), `${JSON.stringify(content, null, 2)}\n`);
      names.push(name);
    };
    for (const file of plan.weightFiles) {
      await writeWeightFile(await target.place(file.name), file, reader, onBytes);
      names.push(file.name);
    }
    if (plan.weightFiles.length > 1) await put('model.safetensors.index.json', weightIndex(plan.weightFiles));
    if (plan.adapter) {
      const file = { name: `${ADAPTER_FOLDER}/adapter_model.safetensors`, tensors: plan.adapter.tensors };
      await writeWeightFile(await target.place(file.name), file, reader, onBytes);
      names.push(file.name);
      await put(`${ADAPTER_FOLDER}/adapter_config.json`, plan.adapter.config);
    }
    for (const name of sideFiles.names) {
      if (name === CONFIG && configDtype(sideFiles.config) !== plan.dtype) {
        await put(CONFIG, withDtype(sideFiles.config, plan.dtype));
        continue;
      }
      await copyFile(join(sideFiles.folder, name), await target.place(name));
      names.push(name);
    }
    return names;
  });
}

export function configDtype(config: SideFiles['config']): unknown {
  return config['dtype'] ?? config['torch_dtype'];
}

async function checkEqual(reader: CheckpointReader, tensors: readonly PlannedTensor[], name: string, like: string): Promise<void> {
  const hashes: string[] = [];
  for (const wanted of [name, like]) {
    const tensor = tensors.find((candidate) => candidate.name === wanted);
    if (!tensor) return;
    const hash = createHash('sha256');
    for await (const chunk of reader.read(tensor)) hash.update(chunk);
    hashes.push(hash.digest('hex'));
  }
  if (hashes[0] === hashes[1]) return;
  throw new AppError(
    'invalid_request',
    `config.json ties ${name} to ${like}, but the checkpoint holds two different tensors: set "tie_word_embeddings": false in config.json.`,
  );
}

function loraFacts(localDir: string): LoraFacts | null {
  const path = join(localDir, 'lora_train_meta.json');
  if (!existsSync(path)) return null;
  try {
    const facts = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const number = (name: string): number | undefined => (typeof facts[name] === 'number' ? facts[name] : undefined);
    return {
      r: number('r'),
      lora_alpha: number('lora_alpha'),
      task_type: typeof facts['task_type'] === 'string' ? facts['task_type'] : undefined,
    };
  } catch (error) {
    throw new AppError('invalid_request', `${path} is not JSON: copy it again, or say --lora-alpha.`, { cause: error });
  }
}
