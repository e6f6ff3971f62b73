import type { CreateSessionResponse, RevokeResponse, SessionDescription } from '@interleave/contracts';
import type { DirectRoute, Exchange } from '@interleave/platform';
import type { ToolServerSettings } from '@interleave/settings';
import type { CallAnswerer } from '../executions/call-answerer';
import { readProgram } from '../executions/read-program';
import { readSessionOptions } from './read-session-options';
import type { SessionOpener } from './session-opener';
import type { SessionRegistry } from './session-registry';

/** `/v1/sessions`: Python that keeps its variables from call to call. */
export class SessionRoutes {
  readonly routes: readonly DirectRoute[] = [
    { method: 'POST', path: '/v1/sessions/:id/execute', handle: (exchange) => this.execute(exchange) },
    { method: 'POST', path: '/v1/sessions/:id/revoke', handle: (exchange) => this.revoke(exchange) },
    { method: 'POST', path: '/v1/sessions', handle: (exchange) => this.create(exchange) },
    { method: 'GET', path: '/v1/sessions/:id', handle: (exchange) => this.describe(exchange) },
    { method: 'DELETE', path: '/v1/sessions/:id', handle: (exchange) => this.remove(exchange) },
  ];

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly opener: SessionOpener,
    private readonly answerer: CallAnswerer,
    private readonly settings: ToolServerSettings,
  ) {}

  private async create(exchange: Exchange): Promise<void> {
    const options = readSessionOptions(await exchange.readJson());
    const session = await this.opener.open(exchange.signal, options);
    const body: CreateSessionResponse = { session_id: session.id, expires_after_ms: this.sessions.idleTimeoutMs };
    exchange.sendJson(201, body);
  }

  private async execute(exchange: Exchange): Promise<void> {
    const session = this.sessions.get(exchange.parameter('id'));
    const program = readProgram(await exchange.readJson(), this.settings);
    await this.answerer.answer(exchange, 'session', session, program);
  }

  private async revoke(exchange: Exchange): Promise<void> {
    const body: RevokeResponse = { revoked: await this.sessions.get(exchange.parameter('id')).revoke(exchange.signal) };
    exchange.sendJson(200, body);
  }

  private describe(exchange: Exchange): void {
    const { id, calls, isRunning, idleMs } = this.sessions.get(exchange.parameter('id'));
    const body: SessionDescription = {
      session_id: id,
      expires_after_ms: this.sessions.idleTimeoutMs,
      calls,
      is_running: isRunning,
      idle_ms: Math.round(idleMs),
    };
    exchange.sendJson(200, body);
  }

  private async remove(exchange: Exchange): Promise<void> {
    await this.sessions.close(exchange.parameter('id'), 'its client closed it');
    exchange.sendNothing();
  }
}
