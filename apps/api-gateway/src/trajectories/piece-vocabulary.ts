import type { ChatMessage } from '@interleave/turn-engine';

/** Something in a conversation that is not text, with the text that readers see of it. */
export type Mark =
  | { readonly kind: 'message'; readonly message: ChatMessage; readonly text: '' }
  /** A turn begins. */
  | { readonly kind: 'start'; readonly role: string; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }
  | { readonly kind: 'tool-call'; readonly call: WireToolCall; readonly text: string };

/** A tool call as OpenAI's chat writes it. */
export interface WireToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A word with the blank before it, in parts of four characters: about what a token holds. */
const PIECE = /\s?\S{1,4}|\s/gu;

/**
 * Stands in for a tokenizer where a worker has none to show: numbers for pieces of text of about a token's length, and for what is no text.
 * Nothing is lost: the pieces of a text, put together, are the text.
 */
export class PieceVocabulary {
  private readonly entries: (string | Mark)[] = [];
  private readonly idOfText = new Map<string, number>();

  encode(text: string): number[] {
    return (text.match(PIECE) ?? []).map((piece) => {
      const known = this.idOfText.get(piece);
      if (known !== undefined) return known;
      const id = this.entries.push(piece) - 1;
      this.idOfText.set(piece, id);
      return id;
    });
  }

  mark(mark: Mark): number {
    return this.entries.push(mark) - 1;
  }

  entriesOf(ids: readonly number[]): (string | Mark)[] {
    return ids.map((id) => this.entries[id] ?? '');
  }

  decode(ids: readonly number[]): string {
    return this.entriesOf(ids)
      .map((entry) => (typeof entry === 'string' ? entry : entry.text))
      .join('');
  }
}
