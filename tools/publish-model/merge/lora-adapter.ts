import { AppError } from '@interleave/kernel';
import type { TensorShape } from './safetensors';

export const ADAPTER_FOLDER = 'lora_adapter';

/** What verl writes into lora_train_meta.json. */
export interface LoraFacts {
  readonly r?: number;
  readonly lora_alpha?: number;
  readonly task_type?: string;
}

/**
 * `adapter_config.json` for PEFT and vLLM.
 * @throws AppError when nobody says lora_alpha: a guess would scale the adapter wrongly
 */
export function adapterConfig(tensors: readonly TensorShape[], facts: LoraFacts | null, givenAlpha: number | undefined): object {
  const rank = facts?.r ?? tensors.find(({ name }) => name.includes('.lora_A.'))?.shape[0];
  const alpha = givenAlpha ?? facts?.lora_alpha;
  if (rank === undefined)
    throw new AppError('invalid_request', 'The adapter has no lora_A weights: this kind of adapter is not supported.');
  if (alpha === undefined) {
    throw new AppError(
      'invalid_request',
      'The checkpoint holds a LoRA adapter, but no lora_train_meta.json says its lora_alpha: say --lora-alpha N, as the run was started with.',
    );
  }
  const modules = tensors.map(({ name }) => /\.([^.]+)\.lora_/.exec(name)?.[1]).filter((module) => module !== undefined);
  return {
    peft_type: 'LORA',
    task_type: facts?.task_type ?? 'CAUSAL_LM',
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: 'none',
    target_modules: [...new Set(modules)].sort(),
    base_model_name_or_path: '..',
    inference_mode: true,
  };
}
