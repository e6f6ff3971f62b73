import { toAppError } from '@interleave/kernel';
import { openEventStream, toErrorBody } from '@interleave/platform';
import type { Response } from 'express';
import type { Generation } from '../engine/generation';
import type { GenerationStep } from '../engine/generation-step';
import type { VllmUsage } from '@interleave/contracts';
import type { AnswerRequest } from './answer-request';
import { usageOf } from './usage';

export type CollectedAnswers = readonly (readonly [Generation, readonly GenerationStep[]])[];

/** How a route words its answers: what differs between chat and text completions. */
export interface AnswerRenderer {
  /** The JSON values that one step becomes in a stream. */
  chunks(index: number, step: GenerationStep, generation: Generation, isFirst: boolean): readonly unknown[];
  /** What comes before `[DONE]` where usage is asked for. */
  usageChunk(usage: VllmUsage): unknown;
  /** The whole answer in one piece. */
  completion(answers: CollectedAnswers, usage: VllmUsage): unknown;
}

type AnswerShape = Pick<AnswerRequest<unknown>, 'isStreamed' | 'includesUsage' | 'n'>;

/** Writes the answers as the request wants them: streamed as they come, or in one piece. */
export async function writeAnswers(
  response: Response,
  request: AnswerShape,
  generations: readonly Generation[],
  renderer: AnswerRenderer,
  signal: AbortSignal,
): Promise<void> {
  if (request.isStreamed) return streamAnswers(response, request, generations, renderer, signal);
  const collected = await collectAnswers(generations);
  response.status(200).json(renderer.completion(collected, usageOf(generations, request.n)));
}

/** All steps of all answers, once they are complete. */
async function collectAnswers(generations: readonly Generation[]): Promise<CollectedAnswers> {
  return Promise.all(
    generations.map(async (generation) => {
      const steps: GenerationStep[] = [];
      for await (const step of generation) steps.push(step);
      return [generation, steps] as const;
    }),
  );
}

/** Streams all answers at once, each step as it comes; a failure after the first byte is a frame of its own. */
async function streamAnswers(
  response: Response,
  request: AnswerShape,
  generations: readonly Generation[],
  renderer: AnswerRenderer,
  signal: AbortSignal,
): Promise<void> {
  const stream = openEventStream(response, signal);
  const send = async (values: readonly unknown[]) => {
    for (const value of values) await stream.send(JSON.stringify(value));
  };
  try {
    await Promise.all(
      generations.map(async (generation, index) => {
        let isFirst = true;
        for await (const step of generation) {
          await send(renderer.chunks(index, step, generation, isFirst));
          isFirst = false;
        }
      }),
    );
    if (request.includesUsage) await send([renderer.usageChunk(usageOf(generations, request.n))]);
  } catch (error) {
    if (!response.destroyed) response.write(`data: ${JSON.stringify(toErrorBody(toAppError(error)))}\n\n`);
  }
  if (!response.destroyed) response.write('data: [DONE]\n\n');
  stream.end();
}
