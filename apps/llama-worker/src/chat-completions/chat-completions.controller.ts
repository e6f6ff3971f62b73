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
import { ChatRenderer } from './chat-renderer';
import { parseChatRequest } from './parse-chat-request';

@Controller()
export class ChatCompletionsController {
  constructor(
    private readonly engine: InferenceEngine,
    private readonly answers: AnswersService,
    private readonly models: ServedModels,
    private readonly drain: DrainService,
  ) {}

  @Post('v1/chat/completions')
  create(@Body() body: unknown, @Res() response: Response): Promise<void> {
    return withWork(this.drain, response, async (signal) => {
      const request = parseChatRequest(body, this.engine.vocabularySize);
      const model = this.models.resolve(request.model);
      const prompt = this.engine.tokenizePrompt(this.engine.render(request.rendering), request.addsSpecialTokens);
      const generations = this.answers.start(request, [prompt], signal);
      const renderer = new ChatRenderer(
        { id: `chatcmpl-${randomUUID().replaceAll('-', '')}`, created: Math.floor(Date.now() / 1000), model },
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
