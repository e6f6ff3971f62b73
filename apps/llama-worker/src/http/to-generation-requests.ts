import { AppError } from '@interleave/kernel';
import type { GenerationRequest } from '../engine/generation-request';
import type { AnswerRequest } from './answer-request';

const SEED_RANGE = 2 ** 32;

export interface GenerationContext {
  readonly maxModelLen: number;
  readonly endOfSequenceIds: readonly number[];
  /** Answers that can be running or waiting at once. */
  readonly maxAnswers: number;
  /** A random seed, 32 bits. */
  readonly randomSeed: () => number;
}

/** `n` answers for each prompt, prompt by prompt. @throws AppError `context_length_exceeded`, `invalid_request` */
export function toGenerationRequests(
  request: Omit<AnswerRequest<unknown>, 'prompts'>,
  prompts: readonly (readonly number[])[],
  context: GenerationContext,
): GenerationRequest[] {
  const { seed, minTokens, stopTokenIds, stops, includesStop, ignoresEndOfSequence, skipsSpecialTokens, ...sampling } = request.options;
  const answers = prompts.length * request.n;
  if (answers > context.maxAnswers) {
    throw new AppError('invalid_request', `A request may ask for ${context.maxAnswers} answers at most, got ${answers}.`, { param: 'n' });
  }
  return prompts.flatMap((promptTokenIds) => {
    const maxTokens = tokensToGenerate(request, promptTokenIds.length, context.maxModelLen);
    if (minTokens > maxTokens) {
      throw new AppError('invalid_request', `min_tokens must be less than or equal to max_tokens=${maxTokens}, got ${minTokens}.`, {
        param: 'min_tokens',
      });
    }
    return Array.from({ length: request.n }, (_, index) => ({
      promptTokenIds,
      maxTokens,
      stops,
      stopTokenIds,
      includesStop,
      ignoresEndOfSequence,
      skipsSpecialTokens,
      sampling: {
        ...sampling,
        seed: seed === null ? context.randomSeed() : (((seed + index) % SEED_RANGE) + SEED_RANGE) % SEED_RANGE,
        minTokens,
        bannedUntilMinTokens: [...context.endOfSequenceIds, ...stopTokenIds],
      },
    }));
  });
}

function tokensToGenerate(
  { maxTokens, isMaxTokensAsked }: Pick<AnswerRequest<unknown>, 'maxTokens' | 'isMaxTokensAsked'>,
  promptTokens: number,
  maxModelLen: number,
): number {
  if (promptTokens === 0)
    throw new AppError('invalid_request', 'The prompt is empty: it must have at least one token.', { param: 'prompt' });
  const room = maxModelLen - promptTokens;
  if (room < 1) {
    throw tooLong(
      `This model's maximum context length is ${maxModelLen} tokens. However, your prompt contains ${promptTokens} input tokens, ` +
        'which leaves no room for output tokens. Please reduce the length of the input prompt.',
    );
  }
  if (maxTokens !== null && maxTokens > room && isMaxTokensAsked) {
    throw tooLong(
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${maxTokens} output tokens and your prompt ` +
        `contains ${promptTokens} input tokens, for a total of ${promptTokens + maxTokens} tokens. Please reduce the length of the input ` +
        'prompt or the number of requested output tokens.',
    );
  }
  return Math.min(maxTokens ?? room, room);
}

function tooLong(message: string): AppError {
  return new AppError('context_length_exceeded', message, { param: 'prompt' });
}
