import { AppError } from '@interleave/kernel';
import type { TensorShape } from '../merge/safetensors';

export interface CheckpointDescription {
  /** Kind of the sharded tensors. */
  readonly kind: string;
  readonly mesh: { readonly shape: readonly number[]; readonly names: readonly string[] | null } | null;
  readonly tensors: readonly TensorShape[];
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
