import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { AppError } from '@interleave/kernel';

/** One line of the file: an answer, and what led to it. */
export interface TrajectoryLine {
  readonly id: string;
  readonly sample: number;
  /** Of model and request fields: answers to other requests don't belong into the same file. */
  readonly run: string;
  readonly text: string;
  readonly answer: string | null;
  /** Null where the data set has no answer. */
  readonly is_right: boolean | null;
  readonly finish_reason: string | null;
  readonly interleave: unknown;
  readonly usage: unknown;
  readonly wall_ms: number;
}

/** The trajectories as far as they have come. A run that was interrupted goes on where its file ends. */
export class TrajectoryFile {
  private readonly known = new Set<string>();
  private right = 0;
  private graded = 0;

  private constructor(private readonly path: string) {}

  /** @throws AppError `invalid_settings` for a file of something else */
  static open(path: string, run: string): TrajectoryFile {
    const file = new TrajectoryFile(path);
    if (!existsSync(path)) return file;
    const bytes = readFileSync(path);
    // What an interruption cut short is written again.
    const end = bytes.lastIndexOf('\n') + 1;
    if (end < bytes.length) truncateSync(path, end);
    for (const [index, line] of bytes.subarray(0, end).toString('utf8').split('\n').entries()) {
      if (line === '') continue;
      const trajectory = lineOf(line);
      if (trajectory === null)
        throw new AppError('invalid_settings', `Line ${index + 1} of ${path} is not a trajectory: name another --out.`);
      if (trajectory.run !== run) {
        throw new AppError('invalid_settings', `${path} holds answers of another model or with other request fields: name another --out.`);
      }
      file.count(trajectory);
    }
    return file;
  }

  /** How many were graded, and how many of those are right. */
  get score(): { readonly right: number; readonly graded: number } {
    return { right: this.right, graded: this.graded };
  }

  has(id: string, sample: number): boolean {
    return this.known.has(keyOf(id, sample));
  }

  append(line: TrajectoryLine): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
    this.count(line);
  }

  private count({ id, sample, is_right: isRight }: TrajectoryLine): void {
    this.known.add(keyOf(id, sample));
    if (isRight === null) return;
    this.graded += 1;
    if (isRight) this.right += 1;
  }
}

function lineOf(text: string): TrajectoryLine | null {
  try {
    const line = JSON.parse(text) as Partial<TrajectoryLine> | null;
    return typeof line?.id === 'string' && typeof line.sample === 'number' && typeof line.run === 'string'
      ? (line as TrajectoryLine)
      : null;
  } catch (_notJson) {
    return null;
  }
}

function keyOf(id: string, sample: number): string {
  return `${sample} ${id}`;
}
