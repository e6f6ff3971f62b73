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
      if (!request.isStreamed) {
        const collected = await collectAnswers(generations);
        response.status(200).json(renderer.completion(collected, usageOf(generations, request.n)));
        return;
      }
      await streamAnswers(
        response,
        generations,
        {
          ofStep: (index, step, generation, isFirst) => renderer.chunks(index, step, generation, isFirst),
          atEnd: () => (request.includesUsage ? [renderer.usageChunk(usageOf(generations, request.n))] : []),
        },
        signal,
      );
    });
  }
}
