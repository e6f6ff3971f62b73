import { AppError } from '@interleave/kernel';
import { bytesOf } from '../merge/safetensors';
import type { PlannedTensor } from '../merge/tensor-plan';
import { parseDescription } from './checkpoint-description';
import type { CheckpointDescription } from './checkpoint-description';
import { PythonProgram } from './python-program';

const LONGEST_DESCRIPTION_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The whole tensors of a checkpoint, one after another, from the Python helper. */
export class CheckpointReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(private readonly program: PythonProgram) {
    this.chunks = program.output[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** @throws AppError that names the shard at fault */
  static async open(
    python: string,
    paths: readonly string[],
  ): Promise<{ readonly reader: CheckpointReader; readonly description: CheckpointDescription }> {
    const reader = new CheckpointReader(new PythonProgram(python, 'read_checkpoint.py', paths));
    return { reader, description: parseDescription(await reader.line()) };
  }

  /** The bytes of a tensor, in the type in which it is written. */
  async *read(tensor: PlannedTensor): AsyncGenerator<Buffer> {
    this.program.input.write(`${JSON.stringify({ name: tensor.source, dtype: tensor.dtype })}\n`);
    for (let left = bytesOf(tensor); left > 0;) {
      const chunk = this.rest.length > 0 ? this.rest : await this.next();
      const part = chunk.subarray(0, left);
      this.rest = chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    this.program.input.end();
    await this.program.stop();
  }

  private async line(): Promise<string> {
    const parts: Buffer[] = [];
    for (let bytes = 0; bytes < LONGEST_DESCRIPTION_BYTES;) {
      const chunk = await this.next();
      const end = chunk.indexOf(NEWLINE);
      parts.push(end < 0 ? chunk : chunk.subarray(0, end));
      bytes += chunk.length;
      if (end < 0) continue;
      this.rest = chunk.subarray(end + 1);
      return Buffer.concat(parts).toString('utf8');
    }
    throw new AppError('internal', 'The Python helper describes the checkpoint without end.');
  }

  private async next(): Promise<Buffer> {
    const { value, done } = await this.chunks.next();
    if (!done) return value;
    await this.program.ended();
    throw new AppError('internal', 'The Python helper ended in the middle of a tensor.');
  }
}
