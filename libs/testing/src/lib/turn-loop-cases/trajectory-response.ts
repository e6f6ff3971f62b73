/** The part of the gateway's answer that golden vectors look at. */
export interface TrajectoryResponse {
  readonly choices: readonly TrajectoryChoice[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

export interface TrajectoryChoice {
  /** Of a text completion. */
  readonly text?: string;
  /** Of a chat completion. */
  readonly message?: { readonly content: string | null };
  readonly finish_reason: string | null;
  readonly interleave?: {
    readonly trajectory_id: string;
    readonly stop_cause: string;
    readonly tool_calls: number;
    readonly turns: readonly {
      readonly text: string;
      readonly code: string | null;
      readonly output: string | null;
      readonly status: string | null;
      readonly wall_ms: number | null;
    }[];
    readonly prompt_token_ids?: readonly number[];
    readonly token_ids?: readonly number[];
    readonly loss_mask?: readonly number[];
    readonly logprobs?: readonly unknown[] | null;
  };
}
