import type { ToolResult } from './ports/tool-port';
import type { ToolCall } from './tool-call';
import type { AppendedTokens } from './token-ledger';

/** Why a trajectory ended. */
export type StopCause =
  | 'eos'
  | 'user_stop'
  /** The client's own function is asked for. */
  | 'client_tool'
  | 'max_tokens'
  | 'context'
  | 'max_turns'
  | 'trajectory_timeout'
  | 'loop'
  | 'invalid_action'
  /** Trouble of ours, in a trajectory that is kept all the same: for trainers, which mask it. */
  | 'infrastructure';

/** OpenAI's word for it. */
export type FinishReason = 'stop' | 'length' | 'tool_calls';

export function finishReasonOf(cause: StopCause): FinishReason {
  if (cause === 'client_tool') return 'tool_calls';
  return cause === 'eos' || cause === 'user_stop' ? 'stop' : 'length';
}

/** One round and, where the model asked for a run, what came of it. One that asked for several runs has a record for each; the first has its text. */
export interface TurnRecord {
  /** 1-based. */
  readonly turn: number;
  /** What the model wrote in this round, as the client sees it. */
  readonly text: string;
  /** Null where nothing was run. */
  readonly code: string | null;
  /** What the model was shown of the output; null where nothing was run. */
  readonly output: string | null;
  readonly result: ToolResult | null;
  /** True when the model asked for a run and there was nothing to run. */
  readonly isInvalidAction: boolean;
}

/** Is told what happens in a trajectory; where it answers with a promise, the trajectory goes on once that is kept. */
export type TurnListener = (event: TurnEvent) => Promise<void> | undefined;

/** What happens in a trajectory, in order. Streaming renders the events; the plain answer folds them. */
export type TurnEvent =
  | { readonly type: 'turn-start'; readonly turn: number }
  | { readonly type: 'text-delta'; readonly source: 'model' | 'observation'; readonly text: string }
  | { readonly type: 'tokens-appended'; readonly tokens: AppendedTokens }
  | { readonly type: 'tool-start'; readonly turn: number; readonly code: string }
  /** What a program writes while it runs. */
  | { readonly type: 'tool-output'; readonly turn: number; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'tool-end'; readonly turn: number; readonly code: string; readonly result: ToolResult }
  | { readonly type: 'turn-end'; readonly record: TurnRecord }
  | {
      readonly type: 'trajectory-end';
      readonly stopCause: StopCause;
      readonly finishReason: FinishReason;
      /** Runs that were made. */
      readonly toolCalls: number;
      readonly generatedTokens: number;
      readonly observedTokens: number;
      /** With `client_tool`: what the client is to call. */
      readonly clientCalls: readonly ToolCall[];
    };
