const HEADER_BYTES = 8;
const STDOUT = 1;

/**
 * Takes apart the one stream in which the engine sends a container's stdout and stderr: `[u8 stream][3 × 0][u32 length][bytes]`.
 * Passes the bytes on as they come, so that it never holds more than an unfinished header.
 */
export class StreamDemultiplexer {
  private readonly header = new Uint8Array(HEADER_BYTES);
  private headerLength = 0;
  private payloadLeft = 0;

  constructor(
    private readonly onStdout: (bytes: Uint8Array) => void,
    private readonly onStderr: (bytes: Uint8Array) => void,
  ) {}

  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.payloadLeft > 0) {
        const part = chunk.subarray(offset, offset + this.payloadLeft);
        this.payloadLeft -= part.length;
        offset += part.length;
        (this.header[0] === STDOUT ? this.onStdout : this.onStderr)(part);
        continue;
      }
      const part = chunk.subarray(offset, offset + HEADER_BYTES - this.headerLength);
      this.header.set(part, this.headerLength);
      this.headerLength += part.length;
      offset += part.length;
      if (this.headerLength === HEADER_BYTES) {
        this.headerLength = 0;
        this.payloadLeft = new DataView(this.header.buffer).getUint32(4);
      }
    }
  }
}
