import { setMaxListeners } from 'node:events';
import type { Capabilities, CreateSessionResponse, ErrorEnvelope, ExecutionResult, RevokeResponse } from '@interleave/contracts';
import { AppError, isAppError } from '@interleave/kernel';
import type { ErrorCode } from '@interleave/kernel';
import type { OutputListener, Program } from '@interleave/turn-engine';
import { EventParser } from '../http/event-parser';
import type { NamedEvent } from '../http/event-parser';
import { exchange } from '../http/exchange';
import type { ReplyHead, TextReply } from '../http/exchange';
import type { HttpTransport } from '../http/http-connections';
import { placeOf } from '../http/place-of';

/** The tool server answers at the latest this long after the call's own limit: its queue and its grace are bounded. */
const ANSWER_MARGIN_MS = 90_000;
const CONTROL_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 10_000;
const NEVER = new AbortController().signal;
// One listener for each session that is being closed.
setMaxListeners(0, NEVER);

/** A result holds at most what a call may write, and its figures. */
const MAX_EVENT_CHARACTERS = 128 * 1024 * 1024;

type Method = 'GET' | 'POST' | 'DELETE';

/** One call as a session is asked for it. */
export interface SandboxCall extends Program {
  readonly timeoutMs: number;
  readonly style: 'notebook' | 'script';
  /** It runs only where it can be taken back, or is refused with `conflict`. */
  readonly isRevocable: boolean;
}

/** Speaks to the tool server. Its errors keep their codes; anything else is `sandbox_unavailable`. */
export class ToolServerClient {
  constructor(
    private readonly url: string,
    private readonly serviceToken: string | undefined,
    private readonly transport: HttpTransport,
  ) {}

  async createSession(signal: AbortSignal): Promise<string> {
    const { session_id } = (await this.call('POST', '/v1/sessions', {}, ANSWER_MARGIN_MS, signal)) as CreateSessionResponse;
    return session_id;
  }

  /** With a listener, what the program writes is passed on while it runs. */
  async execute(sessionId: string, call: SandboxCall, onOutput: OutputListener | null, signal: AbortSignal): Promise<ExecutionResult> {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/execute`;
    const { code, stdin, timeoutMs, style, isRevocable } = call;
    const body = {
      code,
      timeout_ms: Math.round(timeoutMs),
      ...(stdin === null ? {} : { stdin }),
      ...(style === 'notebook' ? {} : { style }),
      ...(isRevocable ? { revocable: true } : {}),
    };
    const patienceMs = timeoutMs + ANSWER_MARGIN_MS;
    if (onOutput === null) return (await this.call('POST', path, body, patienceMs, signal)) as ExecutionResult;
    const events = new ExecutionEvents(onOutput);
    const reply = await this.send('POST', path, body, patienceMs, signal, 'text/event-stream', events.readerFor);
    return (events.isStream ? events.result() : answerOf(reply)) as ExecutionResult;
  }

  async capabilities(signal: AbortSignal): Promise<Capabilities> {
    return (await this.call('GET', '/v1/capabilities', null, CONTROL_TIMEOUT_MS, signal)) as Capabilities;
  }

  /** Makes the last call, a revocable one, as if it had never run. */
  async revoke(sessionId: string, signal: AbortSignal): Promise<RevokeResponse['revoked']> {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/revoke`;
    return ((await this.call('POST', path, {}, ANSWER_MARGIN_MS, signal)) as RevokeResponse).revoked;
  }

  async closeSession(sessionId: string): Promise<void> {
    await this.call('DELETE', `/v1/sessions/${encodeURIComponent(sessionId)}`, null, CLOSE_TIMEOUT_MS, NEVER);
  }

  private async call(method: Method, path: string, body: unknown, headersTimeout: number, signal: AbortSignal): Promise<unknown> {
    return answerOf(await this.send(method, path, body, headersTimeout, signal));
  }

  private async send(
    method: Method,
    path: string,
    body: unknown,
    headersTimeout: number,
    signal: AbortSignal,
    accept = 'application/json',
    readerFor?: ExecutionEvents['readerFor'],
  ): Promise<TextReply> {
    const { pathname, origin } = placeOf(this.url);
    const headers: Record<string, string> = { accept };
    if (body !== null) headers['content-type'] = 'application/json';
    if (this.serviceToken !== undefined) headers['authorization'] = `Bearer ${this.serviceToken}`;
    const text = body === null ? null : JSON.stringify(body);
    const options = { origin, path: pathname + path, method, headers, body: text, headersTimeout, bodyTimeout: ANSWER_MARGIN_MS };
    try {
      return await exchange(this.transport, options, signal, readerFor);
    } catch (error) {
      throw unreachable(error, signal);
    }
  }
}

/** What a call says while it runs, and in the end. */
class ExecutionEvents {
  isStream = false;
  private readonly parser = executionEventParser();
  private end: NamedEvent | null = null;

  constructor(private readonly onOutput: OutputListener) {}

  /** An answer of another type is no stream. */
  readonly readerFor = ({ headers }: ReplyHead): ((bytes: Buffer) => void) | null => {
    this.isStream = String(headers['content-type']).startsWith('text/event-stream');
    return this.isStream ? (bytes) => this.take(bytes) : null;
  };

  /** @throws AppError for a call that failed, and for a stream that broke off */
  result(): unknown {
    const { end } = this;
    if (end === null)
      throw new AppError('sandbox_unavailable', 'The tool server ended its stream without a result.', { isRetryable: true });
    const answer = parse(end.data);
    if (end.name === 'result' && answer !== null) return answer;
    throw toAppError(answer, 500, undefined);
  }

  private take(bytes: Buffer): void {
    for (const event of this.parser.push(bytes)) {
      if (event.name === 'stdout' || event.name === 'stderr') this.onOutput(event.name, textOf(event.data));
      else if (event.name === 'result' || event.name === 'error') this.end ??= event;
    }
  }
}

function executionEventParser(): EventParser {
  return new EventParser(MAX_EVENT_CHARACTERS, () => new AppError('sandbox_unavailable', 'The tool server sent an event without end.'));
}

function answerOf({ status, headers: { 'retry-after': retryAfter }, text }: TextReply): unknown {
  if (status === 204) return null;
  const answer = parse(text);
  if (status < 300 && answer !== null) return answer;
  throw toAppError(answer, status, retryAfter === undefined ? undefined : Number(retryAfter) * 1000 || undefined);
}

function unreachable(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isAppError(error)) return error;
  return new AppError('sandbox_unavailable', 'The tool server could not be reached.', { cause: error, isRetryable: true });
}

function toAppError(answer: unknown, status: number, retryAfterMs: number | undefined): AppError {
  const { error } = (answer ?? {}) as Partial<ErrorEnvelope>;
  return new AppError(codeOf(error?.code, status), error?.message ?? `The tool server answered ${status}.`, {
    isRetryable: status >= 500,
    retryAfterMs,
  });
}

function textOf(data: string): string {
  const { text } = (parse(data) ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (_notJson) {
    return null;
  }
}

/** Codes that mean something to the gateway; all others are trouble of the tool server. */
function codeOf(code: string | null | undefined, status: number): ErrorCode {
  if (code === 'sandbox_busy' || code === 'conflict' || code === 'session_not_found' || code === 'session_expired') return code;
  return status === 503 && code === 'draining' ? 'sandbox_busy' : 'sandbox_unavailable';
}
