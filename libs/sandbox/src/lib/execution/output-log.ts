import { AppError } from '@interleave/kernel';
import { StreamDecoder } from './stream-decoder';

export type OutputStream = 'stdout' | 'stderr';

/** A piece of what a program writes: bytes, since a character may be split between two pieces. */
export interface OutputPiece {
  readonly stream: OutputStream;
  /** Null stands for bytes that were dropped here. */
  readonly bytes: Uint8Array | null;
  readonly droppedBytes: number;
}

/** What a program wrote, in order and bounded: the sandbox cuts at the source, this holds it to that. */
export class OutputLog {
  private readonly pieces: OutputPiece[] = [];
  private readonly keptBytes = { stdout: 0, stderr: 0 };
  readonly droppedBytes = { stdout: 0, stderr: 0 };

  constructor(private readonly maxBytesPerStream: number) {}

  /** @throws AppError `protocol_violation` beyond the limit. */
  append(stream: OutputStream, bytes: Uint8Array): OutputPiece {
    this.keptBytes[stream] += bytes.length;
    if (this.keptBytes[stream] > this.maxBytesPerStream) {
      throw new AppError('protocol_violation', `The sandbox sent more than ${this.maxBytesPerStream} bytes of ${stream}.`);
    }
    return this.add({ stream, bytes, droppedBytes: 0 });
  }

  /** @throws AppError `protocol_violation` at the second gap of a stream. */
  skip(stream: OutputStream, droppedBytes: number): OutputPiece {
    if (this.droppedBytes[stream] > 0) throw new AppError('protocol_violation', `The sandbox reported two gaps in ${stream}.`);
    this.droppedBytes[stream] = droppedBytes;
    return this.add({ stream, bytes: null, droppedBytes });
  }

  text(stream: OutputStream): string {
    return render(this.pieces.filter((piece) => piece.stream === stream));
  }

  /** Both streams as a terminal would have shown them. */
  interleaved(): string {
    return render(this.pieces);
  }

  private add(piece: OutputPiece): OutputPiece {
    this.pieces.push(piece);
    return piece;
  }
}

const whole = new TextDecoder('utf-8', { ignoreBOM: true });

function render(pieces: readonly OutputPiece[]): string {
  const [first] = pieces;
  if (!first) return '';
  // Most programs write once.
  if (pieces.length === 1 && first.bytes) return whole.decode(first.bytes);
  const decoders = { stdout: new StreamDecoder(), stderr: new StreamDecoder() };
  let text = '';
  for (const { stream, bytes, droppedBytes } of pieces) {
    text += bytes === null ? decoders[stream].skip(droppedBytes) : decoders[stream].decode(bytes);
  }
  return text + decoders.stdout.end() + decoders.stderr.end();
}
