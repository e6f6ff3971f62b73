import { createHash } from 'node:crypto';
import { bearerTokenOf } from '@interleave/platform';
import { GatewaySettings } from '@interleave/settings';
import { Body, Controller, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { CHAT_FORMAT, TEXT_FORMAT } from './answer-format';
import type { AnswerFormat } from './answer-format';
import { AnswerService } from './answer.service';
import { ApiKeyGuard } from './clients/api-key.guard';
import { clientNameOf } from './clients/client-name';
import { parseChatCompletionRequest, parseTextCompletionRequest } from './parse-completion-request';

/** OpenAI's completions, with and without `/v1`. */
@Controller(['v1', ''])
@UseGuards(ApiKeyGuard)
export class CompletionsController {
  constructor(
    private readonly answers: AnswerService,
    private readonly settings: GatewaySettings,
  ) {}

  @Post('chat/completions')
  chat(@Body() body: unknown, @Res() response: Response): Promise<void> {
    return this.answer(CHAT_FORMAT, parseChatCompletionRequest, body, response);
  }

  @Post('completions')
  text(@Body() body: unknown, @Res() response: Response): Promise<void> {
    return this.answer(TEXT_FORMAT, parseTextCompletionRequest, body, response);
  }

  private answer(format: AnswerFormat, parse: typeof parseChatCompletionRequest, body: unknown, response: Response): Promise<void> {
    return this.answers.answer(format, parse(body, this.settings, ownerOf(response)), clientNameOf(response), response);
  }
}

/** The API key that the request came with, in a form that may be kept. */
function ownerOf({ req }: Response): string {
  return createHash('sha256')
    .update(bearerTokenOf(req.headers) ?? '')
    .digest('base64url');
}
