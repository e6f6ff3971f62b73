import type { RuntimeName } from '../cases/hostile-case';

export interface CaseReport {
  readonly id: string;
  readonly row: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not applicable';
  /** What was wrong, or why it is not applicable. */
  readonly details: readonly string[];
  readonly tookMs: number;
  /** It was only too slow, among others, and had a second try alone: what was wrong the first time. */
  readonly firstTry?: readonly string[];
}

/** A check of the whole after the cases; it failed if there are details. */
export interface InvariantReport {
  readonly name: string;
  readonly details: readonly string[];
}

/** Calls of the session next door, before and during the attacks. */
export interface NeighbourReport {
  readonly calls: number;
  readonly quietP50Ms: number;
  readonly quietP99Ms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface RuntimeReport {
  readonly runtime: RuntimeName;
  /** Why it could not be attacked on this machine; then all cases are not applicable. */
  readonly unavailable: string | null;
  readonly cases: readonly CaseReport[];
  readonly invariants: readonly InvariantReport[];
  readonly neighbour: NeighbourReport | null;
  readonly tookMs: number;
}
