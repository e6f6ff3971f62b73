import { bytesOf } from './fake-tokenizer';

/**
 * Text of tokens as they come: bytes of an unfinished character wait for the rest of it, and are never shown if it doesn't come.
 * After a prompt that ends within a character all of the prompt waits with it, as in vLLM's decoder.
 */
export class IncrementalText {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private waiting = '';

  constructor(promptIds: readonly number[] = []) {
    const whole = promptIds.map((id) => this.push(id)).join('');
    const isTorn = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(promptIds.map((id) => bytesOf(id)))) !== whole;
    this.waiting = isTorn ? whole : '';
  }

  /** What this token adds to the text: nothing, while a character is incomplete. */
  push(id: number): string {
    const text = this.decoder.decode(bytesOf(id), { stream: true });
    if (text === '') return '';
    const shown = this.waiting + text;
    this.waiting = '';
    return shown;
  }
}
