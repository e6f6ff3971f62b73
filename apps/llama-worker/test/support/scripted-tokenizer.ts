import type { Tokenizer } from '../../src/engine/language-model';

const BYTES = 256;
const START = '<|im_start|>';
const END = '<|im_end|>';

/** Every byte is a token; so are two special spellings and whatever words a test adds. */
export class ScriptedTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly longestToken: number;
  readonly startId = BYTES;
  readonly endId = BYTES + 1;
  readonly endOfSequenceIds = [this.endId];
  private readonly words: readonly string[];

  /** @param words longer pieces that are one token each, matched before single bytes */
  constructor(words: readonly string[] = []) {
    this.words = [START, END, ...words];
    this.vocabularySize = BYTES + this.words.length;
    this.longestToken = Math.max(...this.words.map((word) => word.length));
  }

  encode(text: string, _addSpecialTokens = false): number[] {
    const ids: number[] = [];
    let rest = text;
    while (rest !== '') {
      const word = this.words.findIndex((candidate) => rest.startsWith(candidate));
      if (word >= 0) {
        ids.push(BYTES + word);
        rest = rest.slice(this.words[word]?.length);
        continue;
      }
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      ids.push(...Buffer.from(character, 'utf8'));
      rest = rest.slice(character.length);
    }
    return ids;
  }

  decode(ids: readonly number[], { skipSpecialTokens }: { readonly skipSpecialTokens: boolean }): string {
    const pieces = ids.map((id) => {
      if (id < BYTES) return Buffer.of(id);
      const word = this.words[id - BYTES] ?? '';
      return Buffer.from(skipSpecialTokens && (word === START || word === END) ? '' : word);
    });
    return Buffer.concat(pieces).toString('utf8');
  }

  isEndOfSequence(id: number): boolean {
    return id === this.endId;
  }
}
