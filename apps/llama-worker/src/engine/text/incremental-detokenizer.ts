const REPLACEMENT = '\uFFFD';
/** Tokens before the answer that are decoded with it, so that a leading space is what it is within the text. */
const CONTEXT_TOKENS = 6;

/**
 * Turns ids into text one by one: the text of a token is what it adds to the decoding of the tokens before it. A character
 * that is spread over several tokens is emitted with the last of them, never a half.
 */
export class IncrementalDetokenizer {
  private ids: number[];
  /** Text of `ids` up to here has been emitted (or belongs to the prompt). */
  private emitted: number;

  /** @param decode the tokenizer's decoding of ids, with U+FFFD for a half character */
  constructor(
    private readonly decode: (ids: readonly number[]) => string,
    promptTokenIds: readonly number[],
  ) {
    this.ids = promptTokenIds.slice(-CONTEXT_TOKENS);
    this.emitted = this.ids.length;
    // A prompt may end inside a character, when another worker goes on with an answer: the character belongs to what comes.
    while (this.emitted > 0 && this.decode(this.ids.slice(0, this.emitted)).endsWith(REPLACEMENT)) this.emitted -= 1;
  }

  /** @returns the text that this token completes; empty while a character is incomplete */
  push(id: number): string {
    this.ids.push(id);
    const before = this.decode(this.ids.slice(0, this.emitted));
    const text = this.decode(this.ids);
    if (text === before) {
      this.ids.pop(); // A special token that is not shown.
      return '';
    }
    if (text.length <= before.length || text.endsWith(REPLACEMENT)) return '';
    // The piece just emitted is enough context for the next one.
    this.ids = this.ids.slice(this.emitted);
    this.emitted = this.ids.length;
    return text.slice(before.length);
  }
}
