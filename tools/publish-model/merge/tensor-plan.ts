import { AppError } from '@interleave/kernel';
import type { OutputDtype } from '../publish-model.settings';
import { elementsOf, isFloat } from './safetensors';
import type { TensorShape } from './safetensors';

const PEFT_PREFIX = 'base_model.model.';
const BASE_LAYER = /\.base_layer\.(weight|bias)$/;
const ADAPTER = /\.lora_(?:A|B|embedding_A|embedding_B|magnitude_vector)(?:\.|$)/;

/** A tensor of the model as it is written, and where it comes from. */
export interface PlannedTensor extends TensorShape {
  /** Name in the checkpoint. */
  readonly source: string;
}

export interface TensorPlan {
  readonly model: readonly PlannedTensor[];
  /** Of a LoRA run; empty for others. */
  readonly adapter: readonly PlannedTensor[];
}

/**
 * Names as Hugging Face has them, an adapter apart from its model.
 * @throws AppError when two tensors would get the same name
 */
export function planTensors(tensors: readonly TensorShape[], dtype: OutputDtype): TensorPlan {
  const isAdapter = ({ name }: TensorShape): boolean => ADAPTER.test(name);
  const planned = (tensor: TensorShape, name: string): PlannedTensor => ({
    name,
    source: tensor.name,
    shape: tensor.shape,
    dtype: dtype === 'keep' || !isFloat(tensor.dtype) ? tensor.dtype : dtype,
  });
  const hasAdapter = tensors.some(isAdapter);
  const model = tensors
    .filter((tensor) => !isAdapter(tensor))
    .map((tensor) => planned(tensor, hasAdapter ? baseName(tensor.name) : tensor.name));
  const adapter = tensors.filter(isAdapter).map((tensor) => planned(tensor, adapterName(tensor.name)));
  for (const group of [model, adapter]) {
    const names = new Set<string>();
    for (const { name, source } of group) {
      if (names.has(name))
        throw new AppError('invalid_request', `Two tensors of the checkpoint would be called ${name}, one of them is ${source}.`);
      names.add(name);
    }
  }
  return { model, adapter };
}

/** The type that most of the model's numbers have. */
export function mainDtype(tensors: readonly TensorShape[]): string {
  const elements = new Map<string, number>();
  for (const tensor of tensors) elements.set(tensor.dtype, (elements.get(tensor.dtype) ?? 0) + elementsOf(tensor));
  return [...elements].sort(([, left], [, right]) => right - left)[0]?.[0] ?? 'float32';
}

function baseName(name: string): string {
  return (name.startsWith(PEFT_PREFIX) ? name.slice(PEFT_PREFIX.length) : name).replace(BASE_LAYER, '.$1');
}

/** PEFT names the adapter `default` in memory and leaves that out in files. */
function adapterName(name: string): string {
  return name.replace(/\.default(?=\.weight$|$)/, '');
}
