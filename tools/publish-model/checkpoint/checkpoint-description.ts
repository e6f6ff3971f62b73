import { AppError } from '@interleave/kernel';

export interface TensorDescription {
  readonly name: string;
  /** As torch says it: `bfloat16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface CheckpointDescription {
  /** Kind of the sharded tensors. */
  readonly kind: string;
  readonly mesh: { readonly shape: readonly number[]; readonly names: readonly string[] | null } | null;
  readonly tensors: readonly TensorDescription[];
}

/** What the Python helper says first. */
export function parseDescription(line: string): CheckpointDescription {
  const value = JSON.parse(line) as CheckpointDescription;
  const isGood =
    Array.isArray(value.tensors) &&
    value.tensors.every(({ name, dtype, shape }) => typeof name === 'string' && typeof dtype === 'string' && Array.isArray(shape));
  if (!isGood) throw new AppError('internal', 'The Python helper described the checkpoint in a way that this tool does not understand.');
  return value;
}
