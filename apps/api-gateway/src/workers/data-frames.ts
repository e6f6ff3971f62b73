import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@interleave/kernel';

/** A frame holds one step of a generation; one that grows beyond this is not from an engine. */
const MAX_FRAME_CHARACTERS = 16 * 1024 * 1024;

/** Takes a stream of server-sent events apart into its `data:` payloads; comments and other fields are skipped. */
export class DataFrameParser {
  private readonly decoder = new StringDecoder('utf8');
  /** Pieces of a line that has no end yet. */
  private pending: string[] = [];
  private pendingLength = 0;

  /** @throws AppError `worker_lost` for a frame without end */
  push(bytes: Buffer): string[] {
    const piece = this.decoder.write(bytes);
    if (!piece.includes('\n')) {
      this.keep(piece);
      return [];
    }
    const text = this.pending.length === 0 ? piece : this.pending.join('') + piece;
    this.pending = [];
    this.pendingLength = 0;
    const frames: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      if (text.startsWith('data:', start)) {
        const from = text.charCodeAt(start + 5) === 32 ? start + 6 : start + 5;
        frames.push(text.slice(from, text.charCodeAt(end - 1) === 13 ? end - 1 : end));
      }
      start = end + 1;
    }
    this.keep(text.slice(start));
    return frames;
  }

  private keep(piece: string): void {
    if (piece === '') return;
    this.pending.push(piece);
    this.pendingLength += piece.length;
    if (this.pendingLength > MAX_FRAME_CHARACTERS) throw new AppError('worker_lost', 'The worker sent a frame without end.');
  }
}

/** The `data:` payloads of a stream of server-sent events. */
export async function* readDataFrames(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const parser = new DataFrameParser();
  for await (const part of bytes) yield* parser.push(part);
}
