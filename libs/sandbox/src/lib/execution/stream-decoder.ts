/**
 * Bytes of one output stream → text, piece by piece. Always valid Unicode: a character split between two pieces is put together,
 * one cut off by a gap is left out.
 */
export class StreamDecoder {
  private decoder = newDecoder();
  private isAfterGap = false;

  decode(bytes: Uint8Array): string {
    const whole = this.isAfterGap ? withoutContinuation(bytes) : bytes;
    this.isAfterGap = false;
    return this.decoder.decode(whole, { stream: true });
  }

  /** @returns what stands in the text for bytes that were not kept */
  skip(droppedBytes: number): string {
    this.decoder = newDecoder();
    this.isAfterGap = true;
    return `\n... [${droppedBytes} bytes cut] ...\n`;
  }

  /** @returns what stands for a character that was never finished */
  end(): string {
    return this.decoder.decode();
  }
}

function newDecoder() {
  return new TextDecoder('utf-8', { ignoreBOM: true });
}

/** Drops what is left of a character whose first byte was cut away. */
function withoutContinuation(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
