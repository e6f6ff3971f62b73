import type { DirectRoute, Exchange } from '@interleave/platform';
import type { ToolServerSettings } from '@interleave/settings';
import type { SessionOpener } from '../sessions/session-opener';
import type { CallAnswerer } from './call-answerer';
import { readProgram } from './read-program';

/** `POST /v1/executions`: a fresh interpreter for one program. */
export class ExecutionRoutes {
  readonly routes: readonly DirectRoute[] = [{ method: 'POST', path: '/v1/executions', handle: (exchange) => this.execute(exchange) }];

  constructor(
    private readonly opener: SessionOpener,
    private readonly answerer: CallAnswerer,
    private readonly settings: ToolServerSettings,
  ) {}

  private async execute(exchange: Exchange): Promise<void> {
    const program = readProgram(await exchange.readJson(), this.settings);
    const session = await this.opener.open(exchange.signal, {});
    try {
      await this.answerer.answer(exchange, 'execution', session, program);
    } finally {
      // The answer is out by now and does not wait for the sandbox to be wiped.
      void this.opener.close(session);
    }
  }
}
