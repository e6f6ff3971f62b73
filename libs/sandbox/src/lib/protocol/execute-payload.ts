/** One program run, as the supervisor is asked for it. */
export interface ExecuteCommand {
  /** Number of the call in its session: the N of `<cell N>` in tracebacks. */
  readonly cell: number;
  readonly code: string;
  readonly stdin: string | null;
  readonly timeoutMs: number;
  /** Time between the first interrupt and the kill. */
  readonly graceMs: number;
  /** Bytes kept of each output stream. */
  readonly maxOutputBytes: number;
}

/** Four numbers that the supervisor reads, then JSON that only the user's process reads. */
export function encodeExecutePayload(command: ExecuteCommand): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify({ code: command.code, ...(command.stdin !== null && { stdin: command.stdin }) }));
  const payload = new Uint8Array(16 + body.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, command.cell);
  view.setUint32(4, command.timeoutMs);
  view.setUint32(8, command.graceMs);
  view.setUint32(12, command.maxOutputBytes);
  payload.set(body, 16);
  return payload;
}
