/**
 * Keeps user stop strings out of the text. Workers are asked to show stop strings, so that nothing is held back there;
 * what might be the beginning of a user stop waits here until it is known not to be.
 */
export class UserStopFilter {
  private held = '';

  constructor(private readonly userStops: readonly string[]) {}

  /** Takes text and returns what can be shown now. */
  push(text: string): string {
    if (this.userStops.length === 0) return text;
    this.held += text;
    return this.release(this.held.length - this.heldLength());
  }

  /** The end of the round: what was held, less the user stop that ended it. */
  finish(userStop: string | null): string {
    const end = userStop !== null && this.held.endsWith(userStop) ? this.held.length - userStop.length : this.held.length;
    const text = this.release(end);
    this.held = '';
    return text;
  }

  private release(length: number): string {
    const text = this.held.slice(0, length);
    this.held = this.held.slice(length);
    return text;
  }

  /** Length of the longest end of the text that begins (or is) a user stop. */
  private heldLength(): number {
    const longest = Math.min(this.held.length, Math.max(...this.userStops.map((stop) => stop.length)));
    for (let length = longest; length > 0; length -= 1) {
      const end = this.held.slice(-length);
      if (this.userStops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
