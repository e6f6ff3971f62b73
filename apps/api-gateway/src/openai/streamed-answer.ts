import type { TurnEvent } from '@interleave/turn-engine';
import type { JobEvent, SessionKept, TrajectoryStart } from '../trajectories/trajectory-runner';
import type { AnswerFormat } from './answer-format';
import { interleaveOf, usageOf } from './answer-parts';
import type { ChoiceFold } from './choice-fold';
import type { ParsedRequest } from './parse-completion-request';

/** Renders the events of a job as the chunks of a streamed answer. */
export class StreamedAnswer {
  constructor(
    private readonly format: AnswerFormat,
    private readonly envelope: { readonly id: string; readonly created: number },
    private readonly request: ParsedRequest,
  ) {}

  /** Chunks for one event; `choice` has already taken it in. */
  chunksOf({ index, event }: JobEvent, choice: ChoiceFold): Record<string, unknown>[] {
    return this.choicesOf(event, choice).map((fields) => this.chunk([{ index, logprobs: null, finish_reason: null, ...fields }]));
  }

  usageChunk(choices: readonly ChoiceFold[]): Record<string, unknown> {
    return { ...this.chunk([]), usage: usageOf(choices, this.request.job.n) };
  }

  private choicesOf(event: TurnEvent | TrajectoryStart | SessionKept, choice: ChoiceFold): Record<string, unknown>[] {
    const { format, request } = this;
    const { answer, job } = request;
    switch (event.type) {
      case 'trajectory-start': {
        const interleave = { trajectory_id: event.trajectoryId, ...(answer.tokenIds ? { prompt_token_ids: event.promptIds } : {}) };
        return [{ ...(format.opening ?? format.delta('')), interleave }];
      }
      case 'text-delta':
        // Which part is the answer is known only when no tool call follows it.
        return answer.content === 'answer' ? [] : [format.delta(event.text)];
      case 'tokens-appended':
        return this.tokenFields(event);
      case 'tool-start':
        return [{ ...format.delta(''), interleave: { event: 'tool-start', turn: event.turn, code: event.code } }];
      case 'tool-output': {
        const { turn, stream, text } = event;
        return [{ ...format.delta(''), interleave: { event: 'tool-output', turn, stream, text } }];
      }
      case 'tool-end': {
        const { status, state, output, wallMs } = event.result;
        return [{ ...format.delta(''), interleave: { event: 'tool-end', turn: event.turn, status, state, output, wall_ms: wallMs } }];
      }
      case 'trajectory-end': {
        const text = answer.content === 'answer' ? choice.text('answer') : '';
        const last = {
          ...format.delta(''),
          finish_reason: event.finishReason,
          interleave: interleaveOf(choice, job.model, { ...answer, tokenIds: false }),
        };
        return [...(text === '' ? [] : [format.delta(text)]), ...format.calls(choice.clientCalls), last];
      }
      default:
        return [];
    }
  }

  private tokenFields({ tokens }: Extract<TurnEvent, { type: 'tokens-appended' }>): Record<string, unknown>[] {
    const { format, request } = this;
    const entries = tokens.logprobs ?? tokens.tokenIds.map(() => null);
    const logprobs = request.answer.logprobs && tokens.isGenerated ? { logprobs: format.logprobs(entries) } : {};
    const interleave = request.answer.tokenIds
      ? {
          interleave: {
            token_ids: tokens.tokenIds,
            loss_mask: tokens.tokenIds.map(() => (tokens.isGenerated ? 1 : 0)),
            logprobs: entries.map((entry) => entry?.logprob ?? null),
          },
        }
      : {};
    return Object.keys(logprobs).length + Object.keys(interleave).length === 0 ? [] : [{ ...format.delta(''), ...logprobs, ...interleave }];
  }

  private chunk(choices: readonly Record<string, unknown>[]): Record<string, unknown> {
    return {
      ...this.envelope,
      object: this.format.chunkObject,
      model: this.request.job.model,
      choices,
      ...(this.request.answer.includeUsage ? { usage: null } : {}),
    };
  }
}
