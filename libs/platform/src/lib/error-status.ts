import type { ErrorCode } from '@interleave/kernel';

/** The one place where a code becomes an HTTP status and one of OpenAI's error types. */
const TABLE: Record<ErrorCode, readonly [status: number, type: string]> = {
  invalid_request: [400, 'invalid_request_error'],
  unprocessable_request: [422, 'invalid_request_error'],
  context_length_exceeded: [400, 'invalid_request_error'],
  payload_too_large: [413, 'invalid_request_error'],
  invalid_api_key: [401, 'invalid_request_error'],
  not_found: [404, 'invalid_request_error'],
  model_not_found: [404, 'invalid_request_error'],
  session_not_found: [404, 'invalid_request_error'],
  session_expired: [410, 'invalid_request_error'],
  conflict: [409, 'invalid_request_error'],
  busy: [429, 'rate_limit_error'],
  sandbox_busy: [503, 'server_error'],
  worker_busy: [503, 'server_error'],
  sandbox_unavailable: [503, 'server_error'],
  no_worker: [503, 'server_error'],
  worker_lost: [503, 'server_error'],
  worker_failed: [502, 'server_error'],
  docker_unavailable: [503, 'server_error'],
  protocol_violation: [500, 'server_error'],
  draining: [503, 'server_error'],
  deadline_exceeded: [504, 'server_error'],
  internal: [500, 'server_error'],
  cancelled: [499, 'server_error'],
  invalid_settings: [500, 'server_error'],
};

export function statusOf(code: ErrorCode): number {
  return TABLE[code][0];
}

export function errorTypeOf(code: ErrorCode): string {
  return TABLE[code][1];
}
