import { AppError } from '@interleave/kernel';
import type { TensorShape } from '../merge/safetensors';
import { isFloat } from '../merge/safetensors';

/** What a configuration asks for, as transformers builds it. */
export interface Architecture {
  readonly class: string;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  /** Name → name of the tensor that it shares. */
  readonly tied: Readonly<Record<string, string>>;
}

const SHOWN = 3;

/**
 * Names, shapes and types against the architecture. A tied weight may be missing.
 * @throws AppError with the first few that differ
 */
export function checkTensors(tensors: readonly TensorShape[], architecture: Architecture): void {
  const expected = new Map(Object.entries(architecture.tensors));
  const there = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const missing = [...expected.keys()].filter((name) => !there.has(name) && !(name in architecture.tied));
  const extra = [...there.keys()].filter((name) => !expected.has(name));
  if (missing.length > 0 || extra.length > 0) {
    const parts = [missing.length > 0 ? `lacks ${some(missing)}` : '', extra.length > 0 ? `has ${some(extra)} too much` : ''];
    throw new AppError(
      'invalid_request',
      `The checkpoint does not fit ${architecture.class} as config.json describes it: it ${parts.filter(Boolean).join(' and ')}. Take --hf-model-path from the same run.`,
    );
  }
  const wrong = tensors.find(({ name, shape }) => shape.join() !== expected.get(name)?.join());
  if (wrong) {
    throw new AppError(
      'invalid_request',
      `${wrong.name} has shape [${wrong.shape.join(', ')}], but config.json asks for [${expected.get(wrong.name)?.join(', ')}]: take --hf-model-path from the same run.`,
    );
  }
  const integer = tensors.find(({ name, dtype }) => name.endsWith('.weight') && !isFloat(dtype));
  if (integer) throw new AppError('invalid_request', `${integer.name} is of type ${integer.dtype}: quantised checkpoints can't be merged.`);
}

/** Weights of the checkpoint that are tied to others there: written once, if they are equal. */
export function tiedPairs(tensors: readonly TensorShape[], { tied }: Architecture): { readonly name: string; readonly like: string }[] {
  const names = new Set(tensors.map(({ name }) => name));
  return Object.entries(tied).flatMap(([name, like]) => (names.has(name) && names.has(like) ? [{ name, like }] : []));
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
