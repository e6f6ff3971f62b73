/** What a child is told before the first frame. */
export interface BootOptions {
  readonly pyodideFolder: string;
  /** Python modules by file name; empty when they are in the snapshot. */
  readonly sources: Readonly<Record<string, string>>;
  /** Asks for a snapshot on stdout in place of a conversation. */
  readonly makesSnapshot: boolean;
  readonly limits: Limits;
}

export interface Limits {
  /** Memory of the interpreter: what Python objects are in. */
  readonly interpreterMib: number;
  /** Memory of the whole process, beyond which the interpreter is killed. */
  readonly processMib: number;
  /** Files of a session together. */
  readonly filesMib: number;
  readonly maxFiles: number;
}

export interface BootMessage {
  readonly options: BootOptions;
  readonly snapshot: Uint8Array | null;
}

const HEAD_BYTES = 8;

/** `[u32 length of the options][u32 length of the snapshot][options as JSON][snapshot]`, big-endian. In pieces, the snapshot is large. */
export function encodeBootMessage({ options, snapshot }: BootMessage): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify(options));
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint32(0, json.length);
  head.setUint32(4, snapshot?.length ?? 0);
  return [new Uint8Array(head.buffer), json, ...(snapshot ? [snapshot] : [])];
}

/** Puts the message together from what arrives. */
export class BootMessageReader {
  private head: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  private snapshot: Uint8Array | null = null;
  private snapshotLength = 0;

  /** @returns the message and what came after it once it is complete, else null */
  push(chunk: Uint8Array): (BootMessage & { readonly rest: Uint8Array }) | null {
    if (!this.snapshot) {
      this.head = Buffer.concat([this.head, chunk]);
      if (this.head.length < HEAD_BYTES) return null;
      const view = new DataView(this.head.buffer, this.head.byteOffset, HEAD_BYTES);
      const optionsEnd = HEAD_BYTES + view.getUint32(0);
      if (this.head.length < optionsEnd) return null;
      chunk = this.head.subarray(optionsEnd);
      this.head = this.head.subarray(HEAD_BYTES, optionsEnd);
      // Shared, so that every interpreter of the child starts from the one copy.
      this.snapshot = new Uint8Array(new SharedArrayBuffer(view.getUint32(4)));
    }
    const part = chunk.subarray(0, this.snapshot.length - this.snapshotLength);
    this.snapshot.set(part, this.snapshotLength);
    this.snapshotLength += part.length;
    if (this.snapshotLength < this.snapshot.length) return null;
    return {
      options: JSON.parse(Buffer.from(this.head).toString()) as BootOptions,
      snapshot: this.snapshot.length > 0 ? this.snapshot : null,
      rest: chunk.subarray(part.length),
    };
  }
}
