import { open } from 'node:fs/promises';
import type { CheckpointReader } from '../checkpoint/checkpoint-reader';
import type { PlannedTensor } from './tensor-plan';
import { safetensorsHeader } from './safetensors';
import type { WeightFile } from './weight-files';

/** Writes one safetensors file, tensor by tensor as the reader hands them over. */
export async function writeWeightFile(
  path: string,
  { tensors }: WeightFile<PlannedTensor>,
  reader: CheckpointReader,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(safetensorsHeader(tensors));
    for (const tensor of tensors) {
      for await (const chunk of reader.read(tensor)) {
        await file.writeFile(chunk);
        onBytes(chunk.length);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
