import { bytesOf, elementsOf } from './safetensors';
import type { TensorShape } from './safetensors';

export interface WeightFile<Tensor extends TensorShape> {
  readonly name: string;
  readonly tensors: readonly Tensor[];
}

/** Tensors in their order, in files of at most `largestBytes`; a larger tensor gets a file of its own. One file needs no number. */
export function weightFiles<Tensor extends TensorShape>(tensors: readonly Tensor[], largestBytes: number): WeightFile<Tensor>[] {
  const groups: Tensor[][] = [];
  let bytes = Infinity;
  for (const tensor of tensors) {
    const more = bytesOf(tensor);
    if (bytes + more > largestBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(tensor);
    bytes += more;
  }
  const number = (index: number): string => String(index).padStart(5, '0');
  return groups.map((group, index) => ({
    name: groups.length === 1 ? 'model.safetensors' : `model-${number(index + 1)}-of-${number(groups.length)}.safetensors`,
    tensors: group,
  }));
}

/** What `model.safetensors.index.json` says. */
export function weightIndex(files: readonly WeightFile<TensorShape>[]): object {
  const tensors = files.flatMap((file) => file.tensors);
  return {
    metadata: {
      total_parameters: tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0),
      total_size: tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    },
    weight_map: Object.fromEntries(files.flatMap((file) => file.tensors.map(({ name }) => [name, file.name]))),
  };
}
