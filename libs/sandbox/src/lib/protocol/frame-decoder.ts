import { AppError } from '@interleave/kernel';
import type { Frame } from './frame';
import { FRAME_HEADER_BYTES, MAX_INCOMING_PAYLOAD_BYTES } from './frame';

/** Cuts a byte stream into frames, wherever it was split. Never holds more than one unfinished frame. */
export class FrameDecoder {
  private pending: Uint8Array = new Uint8Array(0);

  constructor(private readonly maxPayloadBytes: number = MAX_INCOMING_PAYLOAD_BYTES) {}

  /** @throws AppError `protocol_violation` when a frame announces more than the limit. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.pending.length === 0 ? chunk : concat(this.pending, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const frames: Frame[] = [];
    let offset = 0;
    while (bytes.length - offset >= FRAME_HEADER_BYTES) {
      const length = view.getUint32(offset);
      if (length > this.maxPayloadBytes) {
        throw new AppError('protocol_violation', `The sandbox announced a frame of ${length} bytes.`);
      }
      const end = offset + FRAME_HEADER_BYTES + length;
      if (end > bytes.length) break;
      frames.push({
        type: view.getUint8(offset + 4),
        callId: view.getUint32(offset + 5),
        payload: bytes.subarray(offset + FRAME_HEADER_BYTES, end),
      });
      offset = end;
    }
    // A copy, so that the rest of a large chunk is not kept alive by its last bytes.
    this.pending = bytes.slice(offset);
    return frames;
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
