export interface MatchedText {
  /** What may be shown now. */
  readonly text: string;
  /** The stop string that ended the text. */
  readonly hit: string | null;
}

/**
 * Looks for stop strings in a growing text. The one that completes earliest wins, then the one named first. Without the stop
 * string in the output, text that may be the start of one is held back; with it, nothing is, and the text ends right after it.
 */
export class StopMatcher {
  /** The end of the text so far: what is held back, and what a stop string may have begun in. */
  private tail = '';
  /** How much of the tail has been shown. */
  private shown = 0;
  private readonly longest: number;

  constructor(
    private readonly stops: readonly string[],
    private readonly includesStop: boolean,
  ) {
    this.longest = Math.max(0, ...stops.map((stop) => stop.length));
  }

  /** @param mayStop false while the answer is too short to end */
  push(piece: string, mayStop = true): MatchedText {
    if (this.longest === 0) return { text: piece, hit: null };
    const searchedLength = this.tail.length;
    this.tail += piece;
    const hit = mayStop ? this.earliest(searchedLength) : null;
    const end = hit ? (this.includesStop ? hit.end : hit.start) : this.tail.length - (this.includesStop ? 0 : this.heldBack());
    const text = this.tail.slice(this.shown, Math.max(this.shown, end));
    this.shown = Math.max(this.shown, end);
    const keep = Math.max(this.longest - 1, this.tail.length - this.shown);
    const cut = Math.max(0, this.tail.length - keep);
    this.tail = this.tail.slice(cut);
    this.shown -= cut;
    return { text, hit: hit?.stop ?? null };
  }

  /** The answer ended otherwise: what was held back is text. */
  flush(): string {
    const rest = this.tail.slice(this.shown);
    this.shown = this.tail.length;
    return rest;
  }

  private earliest(searchedLength: number): { readonly stop: string; readonly start: number; readonly end: number } | null {
    let best: { stop: string; start: number; end: number } | null = null;
    for (const stop of this.stops) {
      const start = this.tail.indexOf(stop, Math.max(0, searchedLength - stop.length + 1));
      if (start < 0) continue;
      const end = start + stop.length;
      if (best === null || end < best.end) best = { stop, start, end };
    }
    return best;
  }

  /** Length of the longest end of the text that a stop string starts with. */
  private heldBack(): number {
    for (let length = Math.min(this.longest - 1, this.tail.length); length > 0; length -= 1) {
      const end = this.tail.slice(-length);
      if (this.stops.some((stop) => stop.length > length && stop.startsWith(end))) return length;
    }
    return 0;
  }
}
