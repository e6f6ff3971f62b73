import { AppError } from '@interleave/kernel';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import type { LogitsIndex } from '../language-model';

/**
 * The native layer below node-llama-cpp's sequences. Its public API samples a token or reads its log probabilities, but not
 * both from the same logits, and its queues and locks cost a third of the speed of a small model; so llama-worker schedules
 * the passes itself. The package is pinned, and `bindingsOf` checks at start-up that all of this is there.
 */
export interface NativeContext {
  initBatch(tokens: number): void;
  addToBatch(sequence: number, firstPosition: number, tokenIds: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(logits: LogitsIndex, sampler: NativeSampler): Promise<number>;
  /** `[token, _, _, [id, logit, id, logit, …], sum of exp(logit - highest logit)]` */
  sampleToken(
    logits: LogitsIndex,
    sampler: NativeSampler,
    probabilities: false,
    confidence: false,
    filter: readonly [ids: readonly number[], includeMax: false, includeMin: false, includeSelected: false, top: number],
    withTotalWeight: true,
  ): Promise<readonly [number, undefined, undefined, readonly number[], number]>;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  /** @returns the last position copied */
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
}

export interface NativeSamplerConfig {
  readonly temperature: number;
  readonly seed?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repeatPenalty?: number;
  readonly repeatPenaltyPresencePenalty?: number;
  readonly repeatPenaltyFrequencyPenalty?: number;
  readonly repeatPenaltyMaxTokens?: number;
  readonly repeatPenaltyTokens?: Uint32Array;
  readonly tokenBiasKeys?: Uint32Array;
  readonly tokenBiasValues?: Float32Array;
}

export interface NativeSampler {
  applyConfig(config: NativeSamplerConfig): void;
  dispose(): void;
}

export interface LlamaBindings {
  readonly context: NativeContext;
  readonly createSampler: () => NativeSampler;
}

/** @throws AppError `internal` where the installed node-llama-cpp has another native layer */
export function bindingsOf(llama: Llama, model: LlamaModel, context: LlamaContext): LlamaBindings {
  const nativeModel: unknown = Reflect.get(model, '_model');
  const nativeContext: unknown = Reflect.get(context, '_ctx');
  const addon: unknown = Reflect.get(llama, '_bindings');
  const Sampler: unknown = isObject(addon) ? Reflect.get(addon, 'AddonSampler') : undefined;
  const methods = [
    'initBatch',
    'addToBatch',
    'decodeBatch',
    'sampleToken',
    'disposeSequence',
    'removeTokenCellsFromSequence',
    'copySequenceStateFromOtherSequence',
  ];
  const missing = methods.filter((name) => !isObject(nativeContext) || typeof Reflect.get(nativeContext, name) !== 'function');
  if (missing.length > 0 || typeof Sampler !== 'function' || !isObject(nativeModel)) {
    throw new AppError('internal', 'The installed node-llama-cpp is not the version this worker was written for: run npm ci.');
  }
  return {
    context: nativeContext as NativeContext,
    createSampler: () => Reflect.construct(Sampler, [nativeModel]) as NativeSampler,
  };
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}
