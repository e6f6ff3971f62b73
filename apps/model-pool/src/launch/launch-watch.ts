/** What is done before there is a process, for people: `downloading: 37 % of 15.2 GB, 112 MB/s, 85 s left`. */
export interface LaunchActivity {
  readonly text: string;
  /** 0…1; null where there is no telling. */
  readonly share: number | null;
}

/** Accompanies one launch. */
export interface LaunchWatch {
  /** Nobody wants the process any more: the launch ends as soon as it can, and is rejected. */
  readonly signal: AbortSignal;
  readonly report: (activity: LaunchActivity) => void;
}

/** Steps of which an event tells. */
const STEPS = 10;

/** The launch that is under way, and how far it is. */
export class LaunchProgress implements LaunchWatch {
  private readonly ending = new AbortController();
  private current: LaunchActivity | null = null;
  private lastStep = -1;

  /** @param onChange `isStep`: a good part further than at the last step */
  constructor(private readonly onChange: (activity: LaunchActivity, isStep: boolean) => void) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Null while there is nothing to tell. */
  get activity(): string | null {
    return this.current?.text ?? null;
  }

  readonly report = (activity: LaunchActivity): void => {
    if (this.signal.aborted || activity.text === this.current?.text) return;
    const step = activity.share === null ? this.lastStep : Math.floor(activity.share * STEPS);
    const isStep = step > this.lastStep || this.current === null;
    this.lastStep = Math.max(step, this.lastStep);
    this.current = activity;
    this.onChange(activity, isStep);
  };

  end(): void {
    this.current = null;
    this.ending.abort();
  }
}
