import { randomUUID } from 'node:crypto';
import { DrainService } from '@interleave/platform';
import { Body, Controller, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { InferenceEngine } from '../engine/inference-engine';
import { writeAnswers } from '../http/write-answers';
import { AnswersService } from '../http/answers.service';
import { ServedModels } from '../http/served-models';
import { tokenTextOf } from '../http/token-text';
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
      await writeAnswers(response, request, generations, renderer, signal);
    });
  }
}
