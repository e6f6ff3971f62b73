import { bytesOf } from './fake-tokenizer';

/** Text of tokens as they come: bytes of an unfinished character wait for the rest of it, and are never shown if it doesn't come. */
export class IncrementalText {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** What this token adds to the text: nothing, while a character is incomplete. */
  push(id: number): string {
    return this.decoder.decode(bytesOf(id), { stream: true });
  }
}
