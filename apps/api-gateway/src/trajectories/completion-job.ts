import type { ChatMessage } from '@interleave/turn-engine';

export type Prompt =
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[]; readonly templateOptions: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ids'; readonly ids: readonly number[] };

/** Rules of the turn loop for one request: the request's own, else the server's. Durations in milliseconds. */
export interface TurnOptions {
  readonly dialect: string;
  readonly actionStopTokens: readonly string[];
  readonly maxTurns: number;
  readonly minTurns: number;
  readonly lastRound: 'strict' | 'free';
  readonly onInvalidAction: 'tell' | 'end';
  readonly enableMtrl: boolean;
  readonly maxObsLength: number;
  readonly truncateObsSide: 'left' | 'right' | 'middle';
  readonly maxTokensScope: 'answer' | 'turn';
  readonly trajectoryTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** Calls are started when their block closes. */
  readonly earlyExecution: boolean;
  /** Trouble of ours in one trajectory fails the request, or that trajectory alone. */
  readonly onChoiceFailure: 'fail' | 'keep';
  /** A missing sandbox fails the trajectory, or the model is told. */
  readonly onToolFailure: 'fail' | 'tell';
}

/** Functions that the client runs itself, as it declared them. */
export interface ClientTools {
  readonly definitions: readonly unknown[];
  readonly names: ReadonlySet<string>;
  /** As OpenAI has it; null: not sent. */
  readonly choice: unknown;
  readonly isParallel: boolean;
}

/** Which sandbox session a job may go on with. */
export interface SessionClaim {
  /** Whoever may use the sessions of this job: the API key that it came with. */
  readonly owner: string;
  /** A session that the job goes on with; null: none. */
  readonly sessionId: string | null;
}

/** What a client asked for, free of the endpoint that it came by. */
export interface CompletionJob {
  readonly model: string;
  readonly prompts: readonly Prompt[];
  /** Trajectories per prompt. */
  readonly n: number;
  readonly userStops: readonly string[];
  /** Null: what the context has room for. */
  readonly maxTokens: number | null;
  readonly seed: number | null;
  /** Top logprobs per token; null: none. */
  readonly logprobs: number | null;
  /** The ids themselves are wanted: a worker that has none can't serve the job. */
  readonly needsTokenIds: boolean;
  /** Everything that the gateway has no meaning of its own for: sent to the worker as it is. */
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly turns: TurnOptions;
  readonly clientTools: ClientTools;
  readonly session: SessionClaim;
  /** Somebody reads along: output is passed on while programs run. */
  readonly isLive: boolean;
}
