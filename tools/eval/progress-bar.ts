const WIDTH = 30;

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Of `done`, those that this run did not have to ask for. */
  readonly resumed: number;
  readonly right: number;
  readonly graded: number;
  readonly failed: number;
  readonly elapsedMs: number;
}

/** `[######........] 12/40  3.1/s  9 s left  7 of 12 right  1 failed` */
export function progressLine({ done, total, resumed, right, graded, failed, elapsedMs }: Progress): string {
  const filled = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH);
  const perSecond = elapsedMs > 0 ? ((done - resumed) * 1000) / elapsedMs : 0;
  const left = perSecond > 0 ? durationOf((total - done) / perSecond) : '?';
  return [
    `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done}/${total}`,
    `${perSecond.toFixed(1)}/s`,
    ...(done < total ? [`${left} left`] : []),
    ...(graded > 0 ? [`${right} of ${graded} right`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join('  ');
}

function durationOf(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
