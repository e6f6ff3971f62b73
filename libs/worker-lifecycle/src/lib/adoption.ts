import type { WorkerFacts } from './worker-state';

/** What was found behind the record of an earlier run. */
export interface RecordFindings {
  /** A process with the recorded pid and start time. */
  readonly isAlive: boolean;
  /** The worker is still wanted, and the recorded command line is the one it would be started with today. */
  readonly isSameSpec: boolean;
  readonly probe: ProbeOutcome | null;
}

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly facts: WorkerFacts }
  /** The server at that address does not take the recorded key. */
  | { readonly kind: 'unauthorized'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export type AdoptionVerdict =
  /** `facts` is null while the worker still starts. */
  | { readonly kind: 'adopt'; readonly facts: WorkerFacts | null }
  | { readonly kind: 'kill'; readonly reason: string }
  /** Nothing lives there any more. */
  | { readonly kind: 'forget' };

/** Whether a worker of an earlier run goes on under this one. */
export function judgeRecord({ isAlive, isSameSpec, probe }: RecordFindings): AdoptionVerdict {
  if (!isAlive) return { kind: 'forget' };
  if (!isSameSpec) return { kind: 'kill', reason: 'it is not wanted any more, or its settings have changed' };
  if (probe?.kind === 'unauthorized') return { kind: 'kill', reason: 'it does not take the key of its record' };
  return { kind: 'adopt', facts: probe?.kind === 'answered' ? probe.facts : null };
}
