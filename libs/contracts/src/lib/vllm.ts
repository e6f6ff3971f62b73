/** The part of vLLM's protocol (0.8 to 0.32) that gateway, llama-worker and the fake share. */

/** `POST /v1/completions`. Fields that are not named here go through untouched. */
export interface VllmCompletionRequest {
  readonly model?: string;
  readonly prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly max_tokens?: number | null;
  readonly n?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly stop?: string | readonly string[] | null;
  readonly stop_token_ids?: readonly number[];
  readonly include_stop_str_in_output?: boolean;
  readonly return_token_ids?: boolean;
  readonly skip_special_tokens?: boolean;
  readonly ignore_eos?: boolean;
  readonly logprobs?: number | null;
  readonly echo?: boolean;
  readonly seed?: number | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly presence_penalty?: number | null;
  readonly frequency_penalty?: number | null;
  readonly repetition_penalty?: number | null;
  readonly [extra: string]: unknown;
}

export interface VllmLogprobs {
  readonly text_offset: readonly number[];
  readonly token_logprobs: readonly (number | null)[];
  readonly tokens: readonly string[];
  readonly top_logprobs: readonly (Record<string, number> | null)[];
}

export interface VllmCompletionChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: VllmLogprobs | null;
  /** `abort` and `error` are failures of the worker, never answers. */
  readonly finish_reason: 'stop' | 'length' | 'abort' | 'error' | 'repetition' | null;
  /** The stop string or stop token that was hit; null at the end of sequence. */
  readonly stop_reason?: string | number | null;
  /** With `return_token_ids`: the ids of this chunk, or of the whole text without streaming. */
  readonly token_ids?: readonly number[] | null;
  readonly prompt_token_ids?: readonly number[] | null;
}

export interface VllmUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
}

export interface VllmCompletion {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly VllmCompletionChoice[];
  readonly usage?: VllmUsage | null;
}

/** One `data:` frame of a streamed completion; the last one may hold usage and no choices; an `error` may come in place of it. */
export interface VllmCompletionChunk extends VllmCompletion {
  readonly error?: { readonly message: string; readonly type?: string; readonly code?: number | string | null };
}

export interface VllmMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [extra: string]: unknown;
}

/** `POST /tokenize`: of a text (special tokens added unless told otherwise), or of messages through the chat template. */
export type VllmTokenizeRequest =
  | { readonly model?: string; readonly prompt: string; readonly add_special_tokens?: boolean; readonly return_token_strs?: boolean }
  | {
      readonly model?: string;
      readonly messages: readonly VllmMessage[];
      readonly add_generation_prompt?: boolean;
      readonly continue_final_message?: boolean;
      readonly add_special_tokens?: boolean;
      readonly chat_template_kwargs?: Record<string, unknown>;
      readonly return_token_strs?: boolean;
    };

export interface VllmTokenizeResponse {
  readonly count: number;
  readonly max_model_len: number;
  readonly tokens: readonly number[];
  readonly token_strs?: readonly string[] | null;
}

export interface VllmModelCard {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
  readonly root?: string | null;
  readonly parent?: string | null;
  readonly max_model_len?: number | null;
  /** Sequences that run at once. Of llama-worker; vLLM says nothing. */
  readonly max_running?: number | null;
}
