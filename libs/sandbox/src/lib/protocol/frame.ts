/**
 * The protocol between the tool server and the supervisor in a sandbox: `[u32 length][u8 type][u32 call id][payload]`, big-endian,
 * over the container's stdin and stdout. Everything that comes back is untrusted until it has been checked.
 */
export const FRAME_HEADER_BYTES = 9;

/** The supervisor never sends more in one frame: its largest is the report of a call. */
export const MAX_INCOMING_PAYLOAD_BYTES = 4 * 2 ** 20;

export const HostFrame = { ping: 0x01, execute: 0x02, cancel: 0x03, wipe: 0x04 } as const;

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
} as const;

export interface Frame {
  readonly type: number;
  readonly callId: number;
  readonly payload: Uint8Array;
}
