import type { AnswerFormat } from './answer-format';
import { interleaveOf, usageOf } from './answer-parts';
import type { ChoiceFold } from './choice-fold';
import { echoOf } from './parse-completion-request';
import type { ParsedRequest } from './parse-completion-request';

/** Folds finished trajectories into the JSON body of a plain answer. */
export function toPlainAnswer(
  format: AnswerFormat,
  envelope: { readonly id: string; readonly created: number },
  request: ParsedRequest,
  choices: readonly ChoiceFold[],
): Record<string, unknown> {
  const { job, answer } = request;
  return {
    ...envelope,
    object: format.object,
    model: job.model,
    choices: choices.map((choice, index) => ({
      index,
      ...format.complete(echoOf(request, index) + choice.text(answer.content), choice.clientCalls),
      logprobs: answer.topLogprobs === null ? null : format.logprobs(choice.placedLogprobs(answer.content), answer.topLogprobs),
      finish_reason: choice.finishReason,
      interleave: interleaveOf(choice, job.model, answer),
    })),
    usage: usageOf(choices, job.n),
  };
}
