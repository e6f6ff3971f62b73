import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Capabilities, ExecutionResult } from '@interleave/contracts';
import { LoopbackServer } from '../http/loopback-server';
import { asObject, readJsonBody } from '../http/read-json-body';
import { disconnectSignal, sendError, sendJson, startEventStream } from '../http/responses';
import { pause, untilAborted } from '../waiting/pause';
import { toExecutionResult } from './fake-execution';
import type { ExecutionScript, FakeCall, FakeExecution, FakeOutput } from './fake-execution';

export interface FakeToolServerOptions {
  /** Default: every call succeeds and prints nothing. */
  readonly script?: ExecutionScript;
  /** Token that every route asks for; none: everyone is let in. */
  readonly serviceToken?: string;
  /** Sessions at once; one more is refused with 503. Default 32. */
  readonly maxSessions?: number;
  /** False keeps no record of calls: for benches. Default true. */
  readonly isRecording?: boolean;
  /** Whether a call can be taken back in a session that has run one. Default false: it is refused. */
  readonly canRevoke?: boolean;
}

export interface RecordedExecution extends FakeCall {
  /** `aborted`: the client went away, or the session was deleted, while it ran; `revoked`: it was taken back. */
  outcome: 'running' | 'finished' | 'aborted' | 'revoked';
  result: ExecutionResult | null;
}

interface Session {
  readonly id: string;
  readonly closing: AbortController;
  callCount: number;
  /** Of the last call. */
  isRevocable: boolean;
  /** Kept when the call before has ended: calls of one session run one after another. */
  lastCall: Promise<void>;
}

/** The tool server's contract without a sandbox: sessions, scripted results, and a record of what was asked. */
export class FakeToolServer {
  readonly executions: RecordedExecution[] = [];
  readonly openedSessions: string[] = [];
  readonly closedSessions: string[] = [];
  /** As long as it is above 0, new sessions get 503 with `retry-after`, and it goes down by one. */
  refusedSessions = 0;

  private readonly server = new LoopbackServer((request, response) => void this.handle(request, response));
  private readonly sessions = new Map<string, Session>();
  private readonly expiredSessions = new Set<string>();
  private script: ExecutionScript;
  private scriptPlace = 0;

  constructor(private readonly options: FakeToolServerOptions = {}) {
    this.script = options.script ?? (() => '');
  }

  static async start(options: FakeToolServerOptions = {}, port = 0): Promise<FakeToolServer> {
    const fake = new FakeToolServer(options);
    await fake.server.start(port);
    return fake;
  }

  get url(): string {
    return this.server.url;
  }

  get port(): number {
    return this.server.port;
  }

  /** Sessions that are open now. */
  get activeSessions(): number {
    return this.sessions.size;
  }

  get abortedExecutions(): number {
    return this.executions.filter(({ outcome }) => outcome === 'aborted').length;
  }

  /** From now on another script is played. */
  play(script: ExecutionScript): void {
    this.script = script;
    this.scriptPlace = 0;
  }

  /** Forgets a session, as a server does that was restarted. */
  loseSession(sessionId: string): void {
    this.sessions.get(sessionId)?.closing.abort();
    this.sessions.delete(sessionId);
  }

  /** Ends a session, as a server does that found it idle for too long. */
  expireSession(sessionId: string): void {
    this.loseSession(sessionId);
    this.expiredSessions.add(sessionId);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  refuseConnections(): Promise<void> {
    return this.server.refuseConnections();
  }

  acceptConnections(): Promise<void> {
    return this.server.acceptConnections();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = asObject(await readJsonBody(request));
      const { serviceToken } = this.options;
      if (serviceToken !== undefined && request.headers.authorization !== `Bearer ${serviceToken}`) {
        return sendError(response, 401, 'invalid_api_key', 'Send the service token as "authorization: Bearer …".');
      }
      await this.route(request, body, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) return;
      if (error instanceof SyntaxError) sendError(response, 400, 'invalid_request', `The body is no JSON: ${error.message}`);
      else sendError(response, 500, 'internal', error instanceof Error ? error.message : String(error));
    }
  }

  private async route(request: IncomingMessage, body: Readonly<Record<string, unknown>>, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://fake').pathname;
    const [, sessionId, action] = /^\/v1\/sessions\/([^/]+)(\/execute|\/revoke)?$/.exec(path) ?? [];
    if (request.method === 'POST' && path === '/v1/sessions') return this.openSession(response);
    if (request.method === 'GET' && path === '/v1/capabilities') return sendJson(response, 200, this.capabilities());
    if (request.method === 'POST' && sessionId && action === '/revoke') return await this.revoke(sessionId, response);
    if (request.method === 'POST' && sessionId && action) return await this.execute(sessionId, body, response, isLive(request));
    if (request.method === 'DELETE' && sessionId && !action) return this.closeSession(sessionId, response);
    sendError(response, 404, 'not_found', `There is no ${request.method} ${path}.`);
  }

  private openSession(response: ServerResponse): void {
    if (this.refusedSessions > 0 || this.sessions.size >= (this.options.maxSessions ?? 32)) {
      this.refusedSessions = Math.max(0, this.refusedSessions - 1);
      return sendError(response, 503, 'sandbox_busy', 'No sandbox came free in time; try again.', { 'retry-after': '1' });
    }
    const session: Session = {
      id: randomUUID(),
      closing: new AbortController(),
      callCount: 0,
      isRevocable: false,
      lastCall: Promise.resolve(),
    };
    this.sessions.set(session.id, session);
    if (this.options.isRecording !== false) this.openedSessions.push(session.id);
    sendJson(response, 201, { session_id: session.id, expires_after_ms: 600_000 });
  }

  private closeSession(sessionId: string, response: ServerResponse): void {
    if (this.sessions.has(sessionId) && this.options.isRecording !== false) this.closedSessions.push(sessionId);
    this.loseSession(sessionId);
    response.writeHead(204).end();
  }

  private async execute(
    sessionId: string,
    body: Readonly<Record<string, unknown>>,
    response: ServerResponse,
    isWatched: boolean,
  ): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (this.expiredSessions.has(sessionId)) return sendError(response, 410, 'session_expired', 'The session has ended: nobody used it.');
    if (!session) return sendError(response, 404, 'session_not_found', 'This session does not exist or has ended; create a new one.');
    if (body['revocable'] === true && this.options.canRevoke !== true)
      return sendError(response, 409, 'conflict', 'The call could not be taken back, so it did not run.');
    if (typeof body['code'] !== 'string') return sendError(response, 400, 'invalid_request', 'code must be a text.');
    const signal = AbortSignal.any([disconnectSignal(response), session.closing.signal]);
    session.isRevocable = body['revocable'] === true;
    const turn = session.lastCall.then(() => this.runCall(session, body, response, isWatched, signal));
    session.lastCall = turn.catch(() => undefined);
    await turn;
  }

  private async revoke(sessionId: string, response: ServerResponse): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (!session) return sendError(response, 404, 'session_not_found', 'This session does not exist or has ended; create a new one.');
    await session.lastCall;
    if (!session.isRevocable) return sendJson(response, 200, { revoked: 'nothing' });
    session.isRevocable = false;
    session.callCount -= 1;
    const last = this.executions.findLast((execution) => execution.sessionId === sessionId);
    if (last) last.outcome = 'revoked';
    sendJson(response, 200, { revoked: 'done' });
  }

  private async runCall(
    session: Session,
    body: Readonly<Record<string, unknown>>,
    response: ServerResponse,
    isWatched: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const record: RecordedExecution = {
      code: String(body['code']),
      sessionId: session.id,
      callNumber: (session.callCount += 1),
      timeoutMs: (body['timeout_ms'] as number | undefined) ?? null,
      stdin: (body['stdin'] as string | undefined) ?? null,
      outcome: 'running',
      result: null,
    };
    if (this.options.isRecording !== false) this.executions.push(record);
    const execution = await this.nextExecution(record);
    const plan = typeof execution === 'string' ? { stdout: execution } : execution;
    const output = isWatched && !plan.failure ? (plan.written ?? writtenAtOnce(plan.stdout)) : [];
    if (isWatched && !plan.failure) startEventStream(response);
    for (const { stream, text, pauseMs = 0 } of output) {
      if (!response.destroyed) response.write(eventOf(stream, { text }));
      if (pauseMs > 0) await pause(pauseMs, signal);
    }
    if (plan.isStalled) await untilAborted(signal);
    if (plan.delayMs) await pause(plan.delayMs, signal);
    if (signal.aborted) {
      record.outcome = 'aborted';
      if (response.headersSent) response.destroy();
      else if (!response.destroyed) sendError(response, 404, 'session_not_found', 'The session ended while the code ran.');
      return;
    }
    record.outcome = 'finished';
    if (plan.failure)
      return sendError(response, plan.failure.status, plan.failure.code, plan.failure.message ?? 'This failure is scripted.');
    record.result = toExecutionResult(plan, session.callCount);
    if (isWatched) response.end(eventOf('result', record.result));
    else sendJson(response, 200, record.result);
  }

  private async nextExecution(call: FakeCall): Promise<FakeExecution> {
    if (typeof this.script === 'function') return await this.script(call);
    const execution = this.script[this.scriptPlace];
    if (execution === undefined) throw new Error(`the script has no result left for call ${call.callNumber}: ${call.code.slice(0, 80)}`);
    this.scriptPlace += 1;
    return execution;
  }

  private capabilities(): Capabilities {
    const maxSessions = this.options.maxSessions ?? 32;
    return {
      sandbox: 'docker',
      runtime: 'fake',
      channel: 'engine',
      warning: null,
      python: '3.13.0',
      packages: [],
      limits: {
        timeout_ms: 10_000,
        max_timeout_ms: 60_000,
        max_output_bytes: 1_048_576,
        memory_mib: 512,
        pids: 64,
        max_file_bytes: 8_388_608,
        max_images: 8,
      },
      checkpoint: 'auto',
      sessions: { max: maxSessions, active: this.sessions.size, waiting: 0 },
      run_slots: { max: maxSessions, active: this.executions.filter(({ outcome }) => outcome === 'running').length, waiting: 0 },
    };
  }
}

function isLive({ headers }: IncomingMessage): boolean {
  return headers.accept === 'text/event-stream';
}

function writtenAtOnce(text = ''): readonly FakeOutput[] {
  return text === '' ? [] : [{ stream: 'stdout', text }];
}

function eventOf(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
