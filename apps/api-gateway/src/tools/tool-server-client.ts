import type { CreateSessionResponse, ErrorEnvelope, ExecutionResult } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { ErrorCode } from '@interleave/kernel';
import { Dispatcher, request as send } from 'undici';

/** The tool server answers at the latest this long after the call's own limit: its queue and its grace are bounded. */
const ANSWER_MARGIN_MS = 90_000;

/** Speaks to the tool server. Its errors keep their codes; anything else is `sandbox_unavailable`. */
export class ToolServerClient {
  constructor(
    private readonly url: string,
    private readonly serviceToken: string | undefined,
    private readonly dispatcher: Dispatcher,
  ) {}

  async createSession(signal: AbortSignal): Promise<string> {
    const { session_id } = (await this.call('POST', '/v1/sessions', {}, ANSWER_MARGIN_MS, signal)) as CreateSessionResponse;
    return session_id;
  }

  async execute(sessionId: string, code: string, timeoutMs: number, signal: AbortSignal): Promise<ExecutionResult> {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/execute`;
    return (await this.call(
      'POST',
      path,
      { code, timeout_ms: Math.round(timeoutMs) },
      timeoutMs + ANSWER_MARGIN_MS,
      signal,
    )) as ExecutionResult;
  }

  async closeSession(sessionId: string, signal: AbortSignal): Promise<void> {
    await this.call('DELETE', `/v1/sessions/${encodeURIComponent(sessionId)}`, null, ANSWER_MARGIN_MS, signal);
  }

  private async call(
    method: 'POST' | 'DELETE',
    path: string,
    body: unknown,
    headersTimeout: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    let status: number;
    let text: string;
    let retryAfter: string | string[] | undefined;
    try {
      const response = await send(this.url + path, {
        method,
        dispatcher: this.dispatcher,
        headers: {
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...(this.serviceToken === undefined ? {} : { authorization: `Bearer ${this.serviceToken}` }),
        },
        body: body === null ? null : JSON.stringify(body),
        signal,
        headersTimeout,
        bodyTimeout: ANSWER_MARGIN_MS,
      });
      status = response.statusCode;
      retryAfter = response.headers['retry-after'];
      text = await response.body.text();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new AppError('sandbox_unavailable', 'The tool server could not be reached.', { cause: error, isRetryable: true });
    }
    if (status === 204) return null;
    const answer = parse(text);
    if (status < 300 && answer !== null) return answer;
    const { error } = (answer ?? {}) as Partial<ErrorEnvelope>;
    throw new AppError(codeOf(error?.code, status), error?.message ?? `The tool server answered ${status}.`, {
      isRetryable: status >= 500,
      retryAfterMs: retryAfter === undefined ? undefined : Number(retryAfter) * 1000 || undefined,
    });
  }
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
  if (code === 'sandbox_busy' || code === 'session_not_found' || code === 'session_expired') return code;
  return status === 503 && code === 'draining' ? 'sandbox_busy' : 'sandbox_unavailable';
}
