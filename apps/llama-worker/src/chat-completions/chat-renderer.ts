import type { AnswerRenderer, CollectedAnswers } from '../http/write-answers';
import type { VllmUsage } from '@interleave/contracts';
import type { CompletionHead, CompletionShape } from '../completions/completion-renderer';
import type { Generation } from '../engine/generation';
import type { GenerationStep } from '../engine/generation-step';
import { chatLogprobs } from './chat-logprobs';

type Json = Readonly<Record<string, unknown>>;

/** Writes chat completions the way vLLM does, whole or in chunks. */
export class ChatRenderer implements AnswerRenderer {
  constructor(
    private readonly head: CompletionHead,
    private readonly shape: CompletionShape,
  ) {}

  /** The chunks of one step; before the first one comes the role, and the ids of the prompt where they are asked for. */
  chunks(index: number, step: GenerationStep, generation: Generation, isFirst: boolean): Json[] {
    const opening = {
      ...this.chunk([{ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }]),
      ...this.promptIds(generation),
    };
    const delta = { index, delta: { content: step.text }, ...this.ending([step]) };
    return isFirst ? [opening, this.chunk([delta])] : [this.chunk([delta])];
  }

  usageChunk(usage: VllmUsage): Json {
    return { ...this.chunk([]), usage };
  }

  completion(answers: CollectedAnswers, usage: VllmUsage): Json {
    const choices = answers.map(([, steps], index) => ({
      index,
      message: { role: 'assistant', content: steps.map(({ text }) => text).join(''), refusal: null },
      ...this.ending(steps),
    }));
    return { ...this.around('chat.completion', choices), usage, ...(answers[0] && this.promptIds(answers[0][0])) };
  }

  private chunk(choices: readonly Json[]): Json {
    return this.around('chat.completion.chunk', choices);
  }

  private around(object: string, choices: readonly Json[]): Json {
    return { id: this.head.id, object, created: this.head.created, model: this.head.model, choices };
  }

  private ending(steps: readonly GenerationStep[]): Json {
    const { topLogprobs, tokenText, returnsTokenIds } = this.shape;
    const finish = steps.at(-1)?.finish ?? null;
    return {
      logprobs: topLogprobs === null ? null : chatLogprobs(steps, topLogprobs, tokenText),
      finish_reason: finish?.reason ?? null,
      stop_reason: finish?.stopReason ?? null,
      ...(returnsTokenIds && { token_ids: steps.map(({ tokenId }) => tokenId) }),
    };
  }

  private promptIds(generation: Generation): Json {
    return this.shape.returnsTokenIds ? { prompt_token_ids: generation.request.promptTokenIds } : {};
  }
}
