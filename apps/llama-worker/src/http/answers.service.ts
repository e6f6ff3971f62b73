import { randomInt } from 'node:crypto';
import type { Generation } from '../engine/generation';
import { InferenceEngine } from '../engine/inference-engine';
import type { AnswerRequest } from './answer-request';
import { toGenerationRequests } from './to-generation-requests';

/** Starts the answers that a request asks for. */
export class AnswersService {
  constructor(private readonly engine: InferenceEngine) {}

  start(
    request: Omit<AnswerRequest<unknown>, 'prompts'>,
    prompts: readonly (readonly number[])[],
    signal: AbortSignal,
  ): readonly Generation[] {
    const requests = toGenerationRequests(request, prompts, {
      maxModelLen: this.engine.facts.maxModelLen,
      endOfSequenceIds: this.engine.endOfSequenceIds,
      maxAnswers: this.engine.maxAnswers,
      randomSeed: () => randomInt(2 ** 32),
    });
    return this.engine.generate(requests, signal);
  }
}
