interface Waiting {
  readonly file: string;
  readonly start: () => void;
}

/**
 * Lets a few transfers run at once, of one file at a time. The library starts five files side by side, and an upload that breaks would leave
 * five beginnings, none of which the hub keeps; so at most one is lost.
 */
export class PutOrder {
  private readonly running = new Set<Promise<unknown>>();
  private starting = 0;
  private isClosed = false;
  private waiting: Waiting[] = [];
  /** In the order in which they were first asked for; those that are whole are gone. */
  private readonly files: string[] = [];
  private readonly whole = new Set<string>();

  constructor(private readonly atOnce: number) {}

  async run<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.whole.has(file) && !this.files.includes(file)) this.files.push(file);
    await new Promise<void>((start) => {
      this.waiting.push({ file, start });
      this.startNext();
    });
    this.starting -= 1;
    const transfer = work();
    this.running.add(transfer);
    try {
      return await transfer;
    } finally {
      this.running.delete(transfer);
      this.startNext();
    }
  }

  /** Starts nothing more, and waits for what runs: it has been told to stop. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled(this.running);
  }

  /** The hub has put all parts of a file together: the next one may begin. */
  isWhole(file: string): void {
    this.whole.add(file);
    const index = this.files.indexOf(file);
    if (index >= 0) this.files.splice(index, 1);
    this.startNext();
  }

  private startNext(): void {
    while (!this.isClosed && this.running.size + this.starting < this.atOnce) {
      const next = this.waiting.find(({ file }) => file === this.files[0] || this.whole.has(file));
      if (!next) return;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.starting += 1;
      next.start();
    }
  }
}
