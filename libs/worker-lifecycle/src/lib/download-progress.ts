/** What is known of a download at some moment. */
export interface DownloadState {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null while it can't be told. */
  readonly bytesPerSecond: number | null;
}

const RATE_WINDOW_MS = 10_000;

/** Follows the bytes of a download; the rate is that of the last ten seconds. */
export class DownloadMeter {
  private samples: { readonly atMs: number; readonly bytes: number }[] = [];
  private received = 0;

  /** @param doneBytes that were there before */
  constructor(
    private doneBytes: number,
    private readonly totalBytes: number,
    nowMs: number,
  ) {
    this.samples.push({ atMs: nowMs, bytes: 0 });
  }

  /** Negative for bytes that turned out to be worth nothing. */
  add(bytes: number, nowMs: number): void {
    this.doneBytes += bytes;
    this.received += Math.max(0, bytes);
    const last = this.samples.at(-1);
    if (last && nowMs - last.atMs < 250) return;
    this.samples.push({ atMs: nowMs, bytes: this.received });
    while (this.samples.length > 2 && nowMs - (this.samples[0]?.atMs ?? 0) > RATE_WINDOW_MS) this.samples.shift();
  }

  state(nowMs: number): DownloadState {
    const [first] = this.samples;
    const elapsedMs = nowMs - (first?.atMs ?? nowMs);
    const bytesPerSecond = elapsedMs < 500 ? null : ((this.received - (first?.bytes ?? 0)) / elapsedMs) * 1000;
    return { doneBytes: this.doneBytes, totalBytes: this.totalBytes, bytesPerSecond };
  }
}

/** `37 % of 15.2 GB, 112 MB/s, 85 s left` */
export function describeDownload({ doneBytes, totalBytes, bytesPerSecond }: DownloadState): string {
  const share = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  const head = `${Math.max(0, Math.min(100, share))} % of ${formatBytes(totalBytes)}`;
  if (bytesPerSecond === null || bytesPerSecond <= 0) return head;
  const secondsLeft = Math.ceil(Math.max(0, totalBytes - doneBytes) / bytesPerSecond);
  return `${head}, ${formatBytes(bytesPerSecond)}/s, ${formatSeconds(secondsLeft)} left`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit] ?? ''}`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
