const LENGTH_BYTES = 2;

/** `[u16 length of the path][path][bytes]`. The path must have been checked: at most 64 KiB. */
export function encodePutFilePayload(path: string, bytes: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(path);
  const payload = new Uint8Array(LENGTH_BYTES + name.length + bytes.length);
  new DataView(payload.buffer).setUint16(0, name.length);
  payload.set(name, LENGTH_BYTES);
  payload.set(bytes, LENGTH_BYTES + name.length);
  return payload;
}
