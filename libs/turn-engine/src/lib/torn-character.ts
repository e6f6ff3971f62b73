import type { ModelPort } from './ports/model-port';
import { visibleText } from './visible-text';

/** How decoders show bytes that are no character, or not yet. */
const REPLACEMENT = '\uFFFD';
/** Tokens that hold the bytes of one character, and enough before them for the decoder. */
const TAIL_TOKENS = 16;

/** Ids that end within a character: its first bytes are in them, and no text of it has come. */
export class TornCharacter {
  private constructor(
    private readonly model: Pick<ModelPort, 'detokenize'>,
    private ids: readonly number[],
    private readonly shownLength: number,
  ) {}

  /**
   * @param text that has come with the ids
   * @returns null where the ids end with a whole character
   */
  static async find(
    model: Pick<ModelPort, 'detokenize'>,
    receivedIds: readonly number[],
    text: string,
    signal: AbortSignal,
  ): Promise<TornCharacter | null> {
    if (receivedIds.length === 0) return null;
    const tail = receivedIds.slice(-TAIL_TOKENS);
    const decoded = await visibleText(model, tail, signal);
    // A model may also say the replacement character itself; then it has been shown.
    if (!decoded.endsWith(REPLACEMENT) || text.endsWith(REPLACEMENT)) return null;
    return new TornCharacter(model, tail, decoded.replace(/\uFFFD+$/, '').length);
  }

  /** @returns the text that has become whole with these ids; null where the character is torn still */
  async add(tokenIds: readonly number[], signal: AbortSignal): Promise<string | null> {
    this.ids = [...this.ids, ...tokenIds];
    const decoded = await visibleText(this.model, this.ids, signal);
    return decoded.endsWith(REPLACEMENT) ? null : decoded.slice(this.shownLength);
  }
}
