import { AppError } from '@interleave/kernel';
import type { Frame } from '../protocol/frame';
import { SandboxFrame } from '../protocol/frame';
import { parseFileDone } from '../protocol/parse-payload';
import type { FileAnswer } from './file-answer';

/** As large as a file in a sandbox can be; the supervisor refuses what is larger. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** Gathers the frames of one file operation into its answer. */
export class FileCollector {
  private readonly chunks: Uint8Array[] = [];
  private receivedBytes = 0;

  /** @param maxBytes of content that is kept; of a larger file none is */
  constructor(
    private readonly callId: number,
    private readonly maxBytes: number,
  ) {}

  /**
   * @returns the answer when the frame ended the operation, else null
   * @throws AppError `protocol_violation` for anything that does not belong here
   */
  accept(frame: Frame): FileAnswer | null {
    if (frame.callId !== this.callId)
      throw new AppError('protocol_violation', `The sandbox answered request ${frame.callId}, which is not open.`);
    switch (frame.type) {
      case SandboxFrame.fileChunk:
        this.keep(frame.payload);
        return null;
      case SandboxFrame.fileDone:
        return { ...parseFileDone(frame.payload), bytes: this.content() };
      default:
        throw new AppError('protocol_violation', `The sandbox sent a frame of type ${frame.type} during a file operation.`);
    }
  }

  private keep(chunk: Uint8Array): void {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > MAX_FILE_BYTES)
      throw new AppError('protocol_violation', `The sandbox sent more than ${MAX_FILE_BYTES} bytes of a file.`);
    if (this.receivedBytes <= this.maxBytes) this.chunks.push(chunk);
    else this.chunks.length = 0;
  }

  private content(): Uint8Array | null {
    if (this.receivedBytes > this.maxBytes) return null;
    const bytes = new Uint8Array(this.receivedBytes);
    let offset = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }
}
