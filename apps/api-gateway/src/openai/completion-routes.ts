import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { bearerTokenOf } from '@interleave/platform';
import type { DirectRoute, Exchange } from '@interleave/platform';
import type { GatewaySettings } from '@interleave/settings';
import { CHAT_FORMAT, TEXT_FORMAT } from './answer-format';
import type { AnswerFormat } from './answer-format';
import type { AnswerService } from './answer.service';
import type { ApiKeyRing } from './clients/api-key-ring';
import { parseChatCompletionRequest, parseTextCompletionRequest } from './parse-completion-request';

/** Some clients are configured with a base URL without `/v1`, and some write a slash at the end. */
const PREFIXES = ['/v1', ''];
const ENDS = ['', '/'];

/** OpenAI's completions, in front of the framework: it would take a tenth of what a trajectory costs. */
export class CompletionRoutes {
  readonly routes: readonly DirectRoute[] = PREFIXES.flatMap((prefix) =>
    ENDS.flatMap((end) => [
      this.route(`${prefix}/chat/completions${end}`, CHAT_FORMAT, parseChatCompletionRequest),
      this.route(`${prefix}/completions${end}`, TEXT_FORMAT, parseTextCompletionRequest),
    ]),
  );

  constructor(
    private readonly answers: AnswerService,
    private readonly ring: ApiKeyRing,
    private readonly settings: GatewaySettings,
  ) {}

  private route(path: string, format: AnswerFormat, parse: typeof parseChatCompletionRequest): DirectRoute {
    return { method: 'POST', path, isPublic: true, handle: (exchange) => this.answer(format, parse, exchange) };
  }

  private async answer(format: AnswerFormat, parse: typeof parseChatCompletionRequest, exchange: Exchange): Promise<void> {
    const { headers } = exchange.request;
    const clientName = this.ring.admit(headers);
    const request = parse(await exchange.readEncodedJson(), this.settings, ownerOf(headers));
    await this.answers.answer(format, request, clientName, exchange);
  }
}

/** The API key that the request came with, in a form that may be kept. */
function ownerOf(headers: IncomingHttpHeaders): string {
  return createHash('sha256')
    .update(bearerTokenOf(headers) ?? '')
    .digest('base64url');
}
