import { FIRST_PIECE_ID, SPECIAL_COUNT, SPECIALS, TOKEN_BYTES } from './vocabulary';

const encoder = new TextEncoder();
const SPECIAL_SPELLING = /<\|(?:im_start|im_end|pad|begin)\|>/;

/**
 * A small deterministic tokenizer: the longest piece of the vocabulary that fits, else single bytes; digits one by one.
 * `decode(encode(text))` is `text` for every text that UTF-8 can express.
 */
export class FakeTokenizer {
  readonly imStartId = 0;
  readonly imEndId = 1;
  readonly padId = 2;
  readonly beginId = 3;
  /** End of sequence. */
  readonly eosId = this.imEndId;

  private readonly idOfSpecial = new Map<string, number>(Object.values(SPECIALS).map((spelling, id) => [spelling, id]));
  /** Pieces by their first character, longest first. */
  private readonly piecesByStart = new Map<string, { text: string; id: number }[]>();

  constructor() {
    for (let id = FIRST_PIECE_ID; id < TOKEN_BYTES.length; id += 1) {
      const text = this.decode([id]);
      const start = text.charAt(0);
      this.piecesByStart.set(start, [...(this.piecesByStart.get(start) ?? []), { text, id }]);
    }
    for (const pieces of this.piecesByStart.values()) pieces.sort((a, b) => b.text.length - a.text.length);
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    let rest = text;
    for (let special = SPECIAL_SPELLING.exec(rest); special; special = SPECIAL_SPELLING.exec(rest)) {
      this.encodeOrdinary(rest.slice(0, special.index), ids);
      ids.push(this.idOfSpecial.get(special[0]) as number);
      rest = rest.slice(special.index + special[0].length);
    }
    this.encodeOrdinary(rest, ids);
    return ids;
  }

  /** The text of the ids, specials spelt out; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(concatenate(ids.map((id) => bytesOf(id))));
  }

  /** As a completion's text shows them: specials left out. */
  decodeVisible(ids: readonly number[]): string {
    return this.decode(ids.filter((id) => !this.isSpecial(id)));
  }

  isSpecial(id: number): boolean {
    return id < SPECIAL_COUNT;
  }

  private encodeOrdinary(text: string, ids: number[]): void {
    for (let at = 0; at < text.length;) {
      const piece = this.piecesByStart.get(text.charAt(at))?.find((candidate) => text.startsWith(candidate.text, at));
      if (piece) {
        ids.push(piece.id);
        at += piece.text.length;
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      for (const byte of encoder.encode(character)) ids.push(SPECIAL_COUNT + byte);
      at += character.length;
    }
  }
}

/** @throws RangeError for an id that no token has */
export function bytesOf(id: number): Uint8Array {
  const bytes = TOKEN_BYTES[id];
  if (!bytes) throw new RangeError(`token id ${id} is outside the vocabulary of ${TOKEN_BYTES.length}`);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
