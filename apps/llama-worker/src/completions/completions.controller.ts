import { randomUUID } from 'node:crypto';
import { DrainService } from '@interleave/platform';
import { Body, Controller, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { InferenceEngine } from '../engine/inference-engine';
import { collectAnswers, streamAnswers } from '../http/answer-streams';
import { AnswersService } from '../http/answers.service';
import { ServedModels } from '../http/served-models';
import { tokenTextOf } from '../http/token-text';
import { usageOf } from '../http/usage';
import { withWork } from '../http/with-work';
import { CompletionRenderer } from './completion-renderer';
import { parseCompletionRequest } from './parse-completion-request';

@Controller()
export class CompletionsController {
  constructor(
    private readonly engine: InferenceEngine,
    private readonly answers: AnswersService,
    private readonly models: ServedModels,
    private readonly drain: DrainService,
  ) {}

  @Post('v1/completions')
  create(@Body() body: unknown, @Res() response: Response): Promise<void> {
    return withWork(this.drain, response, async (signal) => {
      const request = parseCompletionRequest(body, this.engine.vocabularySize);
      const model = this.models.resolve(request.model);
      const prompts = request.prompts.map((prompt) =>
        typeof prompt === 'string' ? this.engine.tokenizePrompt(prompt, request.addsSpecialTokens) : prompt,
      );
      const generations = this.answers.start(request, prompts, signal);
      const renderer = new CompletionRenderer(
        { id: `cmpl-${randomUUID().replaceAll('-', '')}`, created: Math.floor(Date.now() / 1000), model },
        {
          returnsTokenIds: request.returnsTokenIds,
          topLogprobs: request.options.topLogprobs,
          tokenText: tokenTextOf(this.engine, request.showsTokensAsIds),
        },
      );
      if (!request.isStreamed) {
        const collected = await collectAnswers(generations);
        response.status(200).json(renderer.completion(collected, usageOf(generations, request.n)));
        return;
      }
      await streamAnswers(
        response,
        generations,
        {
          ofStep: (index, step, generation, isFirst) => [renderer.chunk(index, step, generation, isFirst)],
          atEnd: () => (request.includesUsage ? [renderer.usageChunk(usageOf(generations, request.n))] : []),
        },
        signal,
      );
    });
  }
}
