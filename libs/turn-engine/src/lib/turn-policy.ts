import type { Dialect } from './dialect';
import type { TruncateSide } from './truncate-output';

/** The rules of a trajectory, as values. */
export interface TurnPolicy {
  readonly dialect: Dialect;
  readonly actionStops: readonly string[];
  /** Actions that the model may ask for, valid or not. 0: one plain generation. */
  readonly maxTurns: number;
  /** Runs to insist on. */
  readonly minTurns: number;
  /** In the last round action stops stay in force (`strict`) or are lifted (`free`). */
  readonly lastRound: 'strict' | 'free';
  readonly onInvalidAction: 'tell' | 'end';
  /** Each observation is a chat turn of its own. */
  readonly enableMtrl: boolean;
  readonly maxObservationTokens: number;
  readonly truncateSide: TruncateSide;
  /** `maxTokens` bounds the whole answer or each round. */
  readonly maxTokensScope: 'answer' | 'turn';
  /** Calls are started when their block closes, where they can be taken back. */
  readonly earlyExecution: boolean;
  /** Trouble of ours is thrown, or ends the trajectory as it is. */
  readonly onFailure: 'fail' | 'keep';
  /** A sandbox that is missing or broken fails the trajectory, or the model is told and goes on. */
  readonly onToolFailure: 'fail' | 'tell';
  /** Names of functions that the client runs itself; none where the dialect has no word for them. */
  readonly clientFunctions: ReadonlySet<string>;
  /** One answer may call several of them; else the first call is the only one. */
  readonly parallelClientCalls: boolean;
  /** What each round begins with, because a function of the client must be called; null: the model begins as it likes. */
  readonly callOpening: string | null;
}

export interface TrajectoryRequest {
  readonly promptIds: readonly number[];
  readonly userStops: readonly string[];
  /** Null: what the context has room for. */
  readonly maxTokens: number | null;
}
