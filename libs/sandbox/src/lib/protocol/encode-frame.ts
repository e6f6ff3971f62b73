import type { Frame } from './frame';
import { FRAME_HEADER_BYTES } from './frame';

export function encodeFrame({ type, callId, payload }: Frame): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length);
  view.setUint8(4, type);
  view.setUint32(5, callId);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}
