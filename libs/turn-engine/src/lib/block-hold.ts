/** Keeps text back from where a block opens: what stands there may be for other eyes than the reader's. */
export class BlockHold {
  private held = '';
  private isOpen = false;

  constructor(private readonly opening: string) {}

  /** Takes text and returns what can be shown now. */
  push(text: string): string {
    this.held += text;
    if (this.isOpen) return '';
    const at = this.held.indexOf(this.opening);
    this.isOpen = at >= 0;
    return this.release(this.isOpen ? at : this.held.length - this.beginningLength());
  }

  /** All that is held. */
  finish(): string {
    return this.release(this.held.length);
  }

  private release(length: number): string {
    const text = this.held.slice(0, length);
    this.held = this.held.slice(length);
    return text;
  }

  /** Length of the longest end of the text that the opening begins with. */
  private beginningLength(): number {
    let length = Math.min(this.held.length, this.opening.length - 1);
    while (length > 0 && !this.opening.startsWith(this.held.slice(-length))) length -= 1;
    return length;
  }
}
