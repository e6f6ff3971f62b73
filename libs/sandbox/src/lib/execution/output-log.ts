import { AppError } from '@interleave/kernel';

export type OutputStream = 'stdout' | 'stderr';

interface Piece {
  readonly stream: OutputStream;
  /** Null stands for bytes that were dropped here. */
  readonly bytes: Uint8Array | null;
  readonly droppedBytes: number;
}

/** What a program wrote, in order and bounded: the sandbox cuts at the source, this holds it to that. */
export class OutputLog {
  private readonly pieces: Piece[] = [];
  private readonly keptBytes = { stdout: 0, stderr: 0 };
  readonly droppedBytes = { stdout: 0, stderr: 0 };

  constructor(private readonly maxBytesPerStream: number) {}

  /** @throws AppError `protocol_violation` beyond the limit. */
  append(stream: OutputStream, bytes: Uint8Array): void {
    this.keptBytes[stream] += bytes.length;
    if (this.keptBytes[stream] > this.maxBytesPerStream) {
      throw new AppError('protocol_violation', `The sandbox sent more than ${this.maxBytesPerStream} bytes of ${stream}.`);
    }
    this.pieces.push({ stream, bytes, droppedBytes: 0 });
  }

  /** @throws AppError `protocol_violation` at the second gap of a stream. */
  skip(stream: OutputStream, droppedBytes: number): void {
    if (this.droppedBytes[stream] > 0) throw new AppError('protocol_violation', `The sandbox reported two gaps in ${stream}.`);
    this.droppedBytes[stream] = droppedBytes;
    this.pieces.push({ stream, bytes: null, droppedBytes });
  }

  text(stream: OutputStream): string {
    return render(this.pieces.filter((piece) => piece.stream === stream));
  }

  /** Both streams as a terminal would have shown them. */
  interleaved(): string {
    return render(this.pieces);
  }
}

/** Always valid Unicode; a character split between two pieces is put together, one cut off by a gap is left out. */
function render(pieces: readonly Piece[]): string {
  const decoders = { stdout: newDecoder(), stderr: newDecoder() };
  const isAfterGap = { stdout: false, stderr: false };
  let text = '';
  for (const { stream, bytes, droppedBytes } of pieces) {
    if (bytes === null) {
      decoders[stream] = newDecoder();
      isAfterGap[stream] = true;
      text += `\n... [${droppedBytes} bytes cut] ...\n`;
      continue;
    }
    text += decoders[stream].decode(isAfterGap[stream] ? withoutContinuation(bytes) : bytes, { stream: true });
    isAfterGap[stream] = false;
  }
  return text + decoders.stdout.decode() + decoders.stderr.decode();
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
