import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** All tensors of a safetensors file, with their bytes. */
export function readSafetensors(path: string): Map<string, StoredTensor> {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString('utf8')) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, bytes: file.subarray(start + from, start + to) }],
    ),
  );
}

/** Those of every weight file of a model. */
export function readModel(folder: string): Map<string, StoredTensor> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  return new Map(names.flatMap((name) => [...readSafetensors(join(folder, name))]));
}
