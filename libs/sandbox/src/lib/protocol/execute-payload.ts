/** When the session forks a copy of itself to go back to after a hard kill. `auto`: where that costs no caller time worth naming. */
export type CheckpointPolicy = 'off' | 'auto' | 'always';

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
  /** Data memory of the session's process during the call; null: as much as the sandbox has. */
  readonly memoryMib: number | null;
  readonly checkpoint: CheckpointPolicy;
  /** Others wait for a processor: with `auto` no copy is made now. */
  readonly isCrowded?: boolean;
  /** `notebook`: the last expression's value and figures are reported, top-level `await` works; `script`: none of that. */
  readonly style: 'notebook' | 'script';
  /** It is to run only where it can be taken back; else it is refused. */
  readonly isRevocable?: boolean;
  /** Set: the program runs as a fresh interpreter would run it from a file, after this code, which its line numbers don't count. */
  readonly prelude?: string;
}

export const EXECUTE_HEAD_BYTES = 24;
const CHECKPOINT_BITS = { off: 0, auto: 1, always: 2 } as const;
const SCRIPT_BIT = 4;
const CROWDED_BIT = 8;
const REVOCABLE_BIT = 16;

/** Six numbers that the supervisor reads, then JSON that only the user's process reads. */
export function encodeExecutePayload(command: ExecuteCommand): Uint8Array {
  const { code, stdin, prelude } = command;
  const body = new TextEncoder().encode(
    JSON.stringify({ code, ...(stdin !== null && { stdin }), ...(prelude !== undefined && { prelude }) }),
  );
  const payload = new Uint8Array(EXECUTE_HEAD_BYTES + body.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, command.cell);
  view.setUint32(4, command.timeoutMs);
  view.setUint32(8, command.graceMs);
  view.setUint32(12, command.maxOutputBytes);
  view.setUint32(16, command.memoryMib ?? 0);
  view.setUint32(
    20,
    CHECKPOINT_BITS[command.checkpoint] |
      (command.style === 'script' ? SCRIPT_BIT : 0) |
      (command.isCrowded ? CROWDED_BIT : 0) |
      (command.isRevocable ? REVOCABLE_BIT : 0),
  );
  payload.set(body, EXECUTE_HEAD_BYTES);
  return payload;
}
