import { bytesText, durationText } from './quantities';

const TICK_MS = 5_000;

export interface ProgressState {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Of these, bytes that were there already and cost no time. */
  readonly skippedBytes: number;
  readonly elapsedMs: number;
}

/** `1.20 of 4.00 GB (30 %), 40.0 MB/s, 1 min 10 s left` */
export function progressText({ doneBytes, totalBytes, skippedBytes, elapsedMs }: ProgressState): string {
  const share = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  const bytesPerMs = elapsedMs > 0 ? (doneBytes - skippedBytes) / elapsedMs : 0;
  const start = `${bytesText(doneBytes)} of ${bytesText(totalBytes)} (${share} %)`;
  if (bytesPerMs <= 0) return start;
  return `${start}, ${bytesText(bytesPerMs * 1000)}/s, ${durationText((totalBytes - doneBytes) / bytesPerMs)} left`;
}

/** What a long step has done so far, said every few seconds. */
export class Progress {
  private doneBytes = 0;
  private skippedBytes = 0;
  private readonly startedAt = performance.now();

  constructor(readonly totalBytes: number) {}

  add(bytes: number): void {
    this.doneBytes += bytes;
  }

  skip(bytes: number): void {
    this.doneBytes += bytes;
    this.skippedBytes += bytes;
  }

  text(): string {
    const { doneBytes, totalBytes, skippedBytes } = this;
    return progressText({ doneBytes, totalBytes, skippedBytes, elapsedMs: performance.now() - this.startedAt });
  }
}

/** Runs a step, says its progress while it lasts and what it took. */
export async function withSteps<Result>(
  say: (line: string) => void,
  title: string,
  progress: Progress | null,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const elapsed = (): string => durationText(performance.now() - startedAt);
  const ticker = setInterval(() => say(`  ${title}: ${progress?.text() ?? elapsed()}`), TICK_MS);
  try {
    const result = await work();
    say(`✓ ${title}: ${elapsed()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
