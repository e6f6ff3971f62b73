import { StringDecoder } from 'node:string_decoder';

/** One event of a stream of server-sent events, its data not yet parsed; the name is empty where the stream gives none. */
export interface NamedEvent {
  readonly name: string;
  readonly data: string;
}

/** Takes a stream of server-sent events apart, whose data is a line each; comments and other fields are skipped. */
export class EventParser {
  private readonly decoder = new StringDecoder('utf8');
  /** Pieces of a line that has no end yet. */
  private pending: string[] = [];
  private pendingLength = 0;
  private name = '';

  /** @param tooLong made when a line grows beyond `maxCharacters` without an end */
  constructor(
    private readonly maxCharacters: number,
    private readonly tooLong: () => Error,
  ) {}

  /** @throws what `tooLong` makes */
  push(bytes: Buffer): NamedEvent[] {
    const piece = this.decoder.write(bytes);
    if (!piece.includes('\n')) {
      this.keep(piece);
      return [];
    }
    const text = this.pending.length === 0 ? piece : this.pending.join('') + piece;
    this.pending = [];
    this.pendingLength = 0;
    const events: NamedEvent[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const lineEnd = text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (text.startsWith('data:', start)) {
        const from = text.charCodeAt(start + 5) === 32 ? start + 6 : start + 5;
        events.push({ name: this.name, data: text.slice(from, lineEnd) });
      } else if (text.startsWith('event:', start)) {
        this.name = text.slice(start + 6, lineEnd).trim();
      } else if (lineEnd <= start) {
        this.name = '';
      }
      start = end + 1;
    }
    this.keep(text.slice(start));
    return events;
  }

  private keep(piece: string): void {
    if (piece === '') return;
    this.pending.push(piece);
    this.pendingLength += piece.length;
    if (this.pendingLength > this.maxCharacters) throw this.tooLong();
  }
}

/** The events of a stream, one by one. */
export async function* readEvents(bytes: AsyncIterable<Buffer>, parser: EventParser): AsyncGenerator<NamedEvent, void, undefined> {
  for await (const part of bytes) yield* parser.push(part);
}
