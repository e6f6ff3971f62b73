/**
 * The protocol between the tool server and the supervisor in a sandbox: `[u32 length][u8 type][u32 call id][payload]`, big-endian,
 * over the container's stdin and stdout. Everything that comes back is untrusted until it has been checked.
 */
export const FRAME_HEADER_BYTES = 9;

/** The supervisor never sends more in one frame: its largest is the report of a call. */
export const MAX_INCOMING_PAYLOAD_BYTES = 8 * 2 ** 20;

export const HostFrame = {
  ping: 0x01,
  execute: 0x02,
  cancel: 0x03,
  wipe: 0x04,
  /** `[u16 length of the path][path][bytes]`: a file to be written. */
  putFile: 0x05,
  /** Path of a file to be read. */
  getFile: 0x06,
  listFiles: 0x07,
  /** Path of a file to be removed. */
  deleteFile: 0x08,
  /** Makes the last call as if it had never run. */
  revoke: 0x09,
} as const;

export const SandboxFrame = {
  hello: 0x81,
  pong: 0x82,
  stdout: 0x83,
  stderr: 0x84,
  /** Bytes of a stream were dropped here: `[u8 stream][u64 bytes]`. */
  gap: 0x85,
  /** What the user's process says of itself: never a fact. */
  report: 0x86,
  /** What the supervisor says of the call: its end. */
  result: 0x87,
  wiped: 0x88,
  /** Bytes of the file that is being read. */
  fileChunk: 0x89,
  /** JSON: the end of a file operation, well or not. */
  fileDone: 0x8a,
  /** `[u8]`: the state is lost, brought back, or there was nothing to take back. */
  revoked: 0x8b,
} as const;

export interface Frame {
  readonly type: number;
  readonly callId: number;
  readonly payload: Uint8Array;
}
