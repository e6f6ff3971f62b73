import { AppError } from '@interleave/kernel';
import type { Frame } from './frame';
import { FRAME_HEADER_BYTES, MAX_INCOMING_PAYLOAD_BYTES } from './frame';

const NO_FRAMES: readonly Frame[] = [];

/** Cuts a byte stream into frames, wherever it was split. Never holds more than one unfinished frame, and copies that one once. */
export class FrameDecoder {
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  /** How many bytes the unfinished frame needs, as far as that is known. */
  private wantedBytes = FRAME_HEADER_BYTES;

  constructor(private readonly maxPayloadBytes: number = MAX_INCOMING_PAYLOAD_BYTES) {}

  /**
   * The payloads are parts of the chunk: whoever keeps one keeps all of it.
   * @throws AppError `protocol_violation` when a frame announces more than the limit.
   */
  push(chunk: Uint8Array): readonly Frame[] {
    if (this.pendingBytes === 0) return this.cut(chunk);
    this.keep(chunk);
    if (this.pendingBytes < this.wantedBytes) return NO_FRAMES;
    const bytes = concat(this.pending, this.pendingBytes);
    this.pending = [];
    this.pendingBytes = 0;
    return this.cut(bytes);
  }

  private cut(bytes: Uint8Array): readonly Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    this.wantedBytes = FRAME_HEADER_BYTES;
    while (bytes.length - offset >= FRAME_HEADER_BYTES) {
      const length = readUint32(bytes, offset);
      if (length > this.maxPayloadBytes) {
        throw new AppError('protocol_violation', `The sandbox announced a frame of ${length} bytes.`);
      }
      const end = offset + FRAME_HEADER_BYTES + length;
      if (end > bytes.length) {
        this.wantedBytes = end - offset;
        break;
      }
      frames.push({
        type: bytes[offset + 4] ?? 0,
        callId: readUint32(bytes, offset + 5),
        payload: bytes.subarray(offset + FRAME_HEADER_BYTES, end),
      });
      offset = end;
    }
    // A copy, so that the rest of a large chunk is not kept alive by its last bytes.
    if (offset < bytes.length) this.keep(new Uint8Array(bytes.subarray(offset)));
    return frames;
  }

  private keep(part: Uint8Array): void {
    this.pending.push(part);
    this.pendingBytes += part.length;
  }
}

function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] ?? 0) << 24) | ((bytes[offset + 1] ?? 0) << 16) | ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0)) >>> 0
  );
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
