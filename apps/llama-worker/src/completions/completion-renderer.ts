import type { AnswerRenderer, CollectedAnswers } from '../http/write-answers';
import type { VllmCompletion, VllmCompletionChoice, VllmCompletionChunk, VllmUsage } from '@interleave/contracts';
import type { Generation } from '../engine/generation';
import type { GenerationStep } from '../engine/generation-step';
import type { TokenText } from '../http/token-text';
import { completionLogprobs } from './completion-logprobs';

export interface CompletionHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export interface CompletionShape {
  readonly returnsTokenIds: boolean;
  /** Null: no log probabilities. */
  readonly topLogprobs: number | null;
  readonly tokenText: TokenText;
}

/** Writes text completions the way vLLM does, whole or in chunks. */
export class CompletionRenderer implements AnswerRenderer {
  private readonly textOffsets = new Map<number, number>();

  constructor(
    private readonly head: CompletionHead,
    private readonly shape: CompletionShape,
  ) {}

  /** One chunk; a choice's first chunk also brings the ids of its prompt. */
  chunks(index: number, step: GenerationStep, generation: Generation, isFirst: boolean): VllmCompletionChunk[] {
    return [this.around([this.choice(index, [step], step.text, isFirst ? generation : null)])];
  }

  usageChunk(usage: VllmUsage): VllmCompletionChunk {
    return { ...this.around([]), usage };
  }

  completion(answers: CollectedAnswers, usage: VllmUsage): VllmCompletion {
    const choices = answers.map(([generation, steps], index) =>
      this.choice(index, steps, steps.map(({ text }) => text).join(''), generation),
    );
    return { ...this.around(choices), usage };
  }

  private around(choices: readonly VllmCompletionChoice[]): VllmCompletion {
    return { id: this.head.id, object: 'text_completion', created: this.head.created, model: this.head.model, choices };
  }

  private choice(index: number, steps: readonly GenerationStep[], text: string, withPromptOf: Generation | null): VllmCompletionChoice {
    const finish = steps.at(-1)?.finish ?? null;
    return {
      index,
      text,
      logprobs: this.logprobs(index, steps),
      finish_reason: finish?.reason ?? null,
      stop_reason: finish?.stopReason ?? null,
      ...(this.shape.returnsTokenIds && {
        token_ids: steps.map(({ tokenId }) => tokenId),
        ...(withPromptOf && { prompt_token_ids: withPromptOf.request.promptTokenIds }),
      }),
    };
  }

  private logprobs(index: number, steps: readonly GenerationStep[]): VllmCompletionChoice['logprobs'] {
    if (this.shape.topLogprobs === null) return null;
    const logprobs = completionLogprobs(steps, this.shape.topLogprobs, this.shape.tokenText, this.textOffsets.get(index) ?? 0);
    const end = (logprobs.text_offset.at(-1) ?? 0) + (logprobs.tokens.at(-1)?.length ?? 0);
    this.textOffsets.set(index, end);
    return logprobs;
  }
}
