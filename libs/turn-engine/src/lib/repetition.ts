/** The same program with the same output this often is a loop. */
const LIMIT = 3;

/** Notices when a trajectory goes in circles. */
export class RepetitionDetector {
  private readonly counts = new Map<string, number>();

  /** Whether this run makes it a loop. */
  record(code: string, output: string): boolean {
    const key = `${code}\u0000${output}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count >= LIMIT;
  }
}
