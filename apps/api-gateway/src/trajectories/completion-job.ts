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
  /** Everything that the gateway has no meaning of its own for: sent to the worker as it is. */
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly turns: TurnOptions;
}
