import type { VllmTokenizeResponse } from '@interleave/contracts';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { InferenceEngine } from '../engine/inference-engine';
import { BodyReader, invalid } from '../http/body-reader';
import { ServedModels } from '../http/served-models';
import { parseTokenizeRequest } from './parse-tokenize-request';

@Controller()
export class TokenizationController {
  constructor(
    private readonly engine: InferenceEngine,
    private readonly models: ServedModels,
  ) {}

  @Post('tokenize')
  @HttpCode(200)
  tokenize(@Body() body: unknown): VllmTokenizeResponse {
    const request = parseTokenizeRequest(body);
    this.models.resolve(request.model);
    const text = request.rendering ? this.engine.render(request.rendering) : request.text;
    const tokens = this.engine.tokenize(text, request.addsSpecialTokens);
    return {
      count: tokens.length,
      max_model_len: this.engine.facts.maxModelLen,
      tokens,
      token_strs: request.returnsTokenStrings ? tokens.map((id) => this.engine.detokenize([id])) : null,
    };
  }

  @Post('detokenize')
  @HttpCode(200)
  detokenize(@Body() rawBody: unknown): { readonly prompt: string } {
    const body = new BodyReader(rawBody);
    this.models.resolve(body.string('model'));
    if (body.raw('tokens') === undefined) throw invalid('tokens', 'must be a list of integers', null);
    return { prompt: this.engine.detokenize(body.integers('tokens', { min: 0, max: this.engine.vocabularySize - 1 })) };
  }
}
