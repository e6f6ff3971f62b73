import type { SamplingParameters } from './sampling/sampling-parameters';

/** What the engine asks of a model, whatever computes it. */
export interface LanguageModel {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  readonly decoder: BatchDecoder;
  close(): Promise<void>;
}

export interface ModelFacts {
  /** Tokens of prompt and answer together. */
  readonly maxModelLen: number;
  /** Jinja template of the model's own; null where the file has none. */
  readonly chatTemplate: string | null;
  readonly bosText: string;
  readonly eosText: string;
}

export interface Tokenizer {
  readonly vocabularySize: number;
  /** No token stands for more characters than this. */
  readonly longestToken: number;
  /** Spellings of special tokens in the text become those tokens, as in vLLM. `addSpecialTokens`: what the model wants around a text (BOS). */
  encode(text: string, addSpecialTokens: boolean): number[];
  /** A character that the ids hold only a part of comes out as U+FFFD. */
  decode(ids: readonly number[], options: { readonly skipSpecialTokens: boolean }): string;
  isEndOfSequence(id: number): boolean;
  /** All ids that end a sequence. */
  readonly endOfSequenceIds: readonly number[];
}

/** Names the logits of one position within the latest pass. */
export type LogitsIndex = number & { readonly __logitsIndex: never };

/** Tokens of one sequence that go through the model in the next pass. */
export interface BatchItem {
  readonly sequence: number;
  /** Where the first of the tokens stands in the sequence. */
  readonly position: number;
  readonly tokenIds: readonly number[];
  /** Whether the token after the last one is going to be sampled. */
  readonly wantsLogits: boolean;
}

/** Evaluates several sequences in one pass and keeps what it computed of each. Sequences are numbered from 0. */
export interface BatchDecoder {
  readonly sequenceCount: number;
  /** Tokens of one pass at most. */
  readonly batchTokens: number;
  /** One answer per item: its logits, valid until the next pass, or null where none were asked for. */
  decode(items: readonly BatchItem[]): Promise<readonly (LogitsIndex | null)[]>;
  createSampler(sampling: SamplingParameters, promptTokenIds: readonly number[]): TokenSampler;
  /** Makes the target hold what the source holds, in place of what it held. @returns how many tokens that is */
  copy(source: number, target: number): Promise<number>;
  /** Forgets all but the first `length` tokens. @returns how many it kept: fewer where the architecture can't cut just there */
  truncate(sequence: number, length: number): number;
}

export interface TokenSampler {
  /** @param generated what this sampler has chosen so far, for rules that depend on it */
  sample(logits: LogitsIndex, generated: readonly number[]): Promise<SampledToken>;
  dispose(): void;
}

export interface SampledToken {
  readonly id: number;
  readonly logprobs: TokenLogprobs | null;
}

/** Natural logarithms of the model's own probabilities, before temperature and penalties. */
export interface TokenLogprobs {
  readonly logprob: number;
  /** The likeliest tokens, best first. */
  readonly top: readonly { readonly id: number; readonly logprob: number }[];
}
