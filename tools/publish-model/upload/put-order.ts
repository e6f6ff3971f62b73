interface Waiting {
  readonly file: string;
  readonly start: () => void;
}

/**
 * Lets a few transfers run at once, of one file at a time. The library starts five files side by side, and an upload that breaks would leave
 * five beginnings, none of which the hub keeps; so at most one is lost.
 */
export class PutOrder {
  private running = 0;
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
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.startNext();
    }
  }

  /** The hub has put all parts of a file together: the next one may begin. */
  isWhole(file: string): void {
    this.whole.add(file);
    const index = this.files.indexOf(file);
    if (index >= 0) this.files.splice(index, 1);
    this.startNext();
  }

  private startNext(): void {
    while (this.running < this.atOnce) {
      const next = this.waiting.find(({ file }) => file === this.files[0] || this.whole.has(file));
      if (!next) return;
      this.waiting = this.waiting.filter((other) => other !== next);
      this.running += 1;
      next.start();
    }
  }
}
