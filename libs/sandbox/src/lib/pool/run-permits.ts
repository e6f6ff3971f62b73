export type RunId = string;

/** Who may run code now, and who is next: a permit is held only while a program runs. */
export interface PermitState {
  readonly max: number;
  /** Holders of permits, and since when. */
  readonly running: ReadonlyMap<RunId, number>;
  /** Programs that run on without a permit: they use no processor. */
  readonly excused: ReadonlySet<RunId>;
  readonly queue: readonly RunId[];
}

export type PermitEvent = { readonly nowMs: number } & (
  | { readonly type: 'requested'; readonly runId: RunId }
  /** The program has ended, or whoever waited does so no more. */
  | { readonly type: 'ended'; readonly runId: RunId }
  /** These sleep, or wait for something. */
  | { readonly type: 'sleepers-found'; readonly runIds: readonly RunId[] }
);

export function noPermits(max: number): PermitState {
  return { max, running: new Map(), excused: new Set(), queue: [] };
}

/** First come, first served. A permit stands for processor time: while programs wait, those that sleep give theirs up, and run on. */
export function transitionPermits(
  state: PermitState,
  event: PermitEvent,
): { readonly state: PermitState; readonly granted: readonly RunId[] } {
  const { max } = state;
  const running = new Map(state.running);
  let { excused, queue } = state;
  if (event.type === 'requested') queue = [...queue, event.runId];
  else if (event.type === 'sleepers-found') {
    const sleepers = event.runIds.filter((runId) => running.has(runId)).slice(0, queue.length);
    excused = new Set([...excused, ...sleepers]);
    for (const runId of sleepers) running.delete(runId);
  } else if (excused.has(event.runId)) excused = new Set([...excused].filter((runId) => runId !== event.runId));
  else if (!running.delete(event.runId)) queue = queue.filter((runId) => runId !== event.runId);
  const granted = queue.slice(0, Math.max(0, max - running.size));
  if (granted.length > 0) queue = queue.slice(granted.length);
  for (const runId of granted) running.set(runId, event.nowMs);
  return { state: { max, running, excused, queue }, granted };
}
