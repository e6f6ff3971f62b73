export type RunId = string;

/** Who may run code now, and who is next: a permit is held only while a program runs. */
export interface PermitState {
  readonly max: number;
  readonly running: ReadonlySet<RunId>;
  readonly queue: readonly RunId[];
}

export type PermitEvent = { readonly type: 'requested'; readonly runId: RunId } | { readonly type: 'ended'; readonly runId: RunId };

export function noPermits(max: number): PermitState {
  return { max, running: new Set(), queue: [] };
}

/** First come, first served. `ended` also takes back a request that still waits. */
export function transitionPermits(
  state: PermitState,
  event: PermitEvent,
): { readonly state: PermitState; readonly granted: readonly RunId[] } {
  const running = new Set(state.running);
  const queue = state.queue.filter((runId) => runId !== event.runId);
  if (event.type === 'requested') queue.push(event.runId);
  else running.delete(event.runId);
  const granted = queue.splice(0, Math.max(0, state.max - running.size));
  for (const runId of granted) running.add(runId);
  return { state: { max: state.max, running, queue }, granted };
}
