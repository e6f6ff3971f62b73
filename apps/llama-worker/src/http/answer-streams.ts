import { toAppError } from '@interleave/kernel';
import { openEventStream, toErrorBody } from '@interleave/platform';
import type { Response } from 'express';
import type { Generation } from '../engine/generation';
import type { GenerationStep } from '../engine/generation-step';

/** All steps of all answers, once they are complete. */
export async function collectAnswers(
  generations: readonly Generation[],
): Promise<readonly (readonly [Generation, readonly GenerationStep[]])[]> {
  return Promise.all(
    generations.map(async (generation) => {
      const steps: GenerationStep[] = [];
      for await (const step of generation) steps.push(step);
      return [generation, steps] as const;
    }),
  );
}

export interface StreamFrames {
  /** The JSON values that one step becomes. */
  readonly ofStep: (index: number, step: GenerationStep, generation: Generation, isFirst: boolean) => readonly unknown[];
  /** What comes before `[DONE]`. */
  readonly atEnd: () => readonly unknown[];
}

/** Streams all answers at once, each step as it comes; a failure after the first byte is a frame of its own. */
export async function streamAnswers(
  response: Response,
  generations: readonly Generation[],
  frames: StreamFrames,
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
          await send(frames.ofStep(index, step, generation, isFirst));
          isFirst = false;
        }
      }),
    );
    await send(frames.atEnd());
  } catch (error) {
    if (!response.destroyed) response.write(`data: ${JSON.stringify(toErrorBody(toAppError(error)))}\n\n`);
  }
  if (!response.destroyed) response.write('data: [DONE]\n\n');
  stream.end();
}
