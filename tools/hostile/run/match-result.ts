import type { ExecutionResult } from '@interleave/contracts';
import type { Expected, Outcome } from '../cases/hostile-case';
import type { CallAnswer } from './sandbox-client';

const LOST_CODES: readonly string[] = ['sandbox_unavailable', 'protocol_violation'];
const MIB = 2 ** 20;

export function outcomeOf(answer: CallAnswer): Outcome | 'refused' {
  if ('result' in answer) return answer.result.status;
  return LOST_CODES.includes(answer.refusal.code) ? 'lost' : 'refused';
}

/** What a result is that it should not be, in sentences. */
export function mismatches(answer: CallAnswer, expected: Expected): readonly string[] {
  const outcome = outcomeOf(answer);
  const wrong: string[] = [];
  const mustBe = (what: string, isRight: boolean, got: unknown, wanted: unknown): void => {
    if (!isRight) wrong.push(`${what} is ${shown(got)}, not ${shown(wanted)}`);
  };
  if (!('result' in answer)) {
    // Where nothing is asked of the status, losing the sandbox is an end as well, if it is said.
    const isAllowed =
      outcome === 'lost' && (expected.status === undefined ? expected.state === undefined : isOneOf('lost', expected.status));
    return isAllowed ? [] : [`it was refused: ${answer.refusal.status} ${answer.refusal.code}: ${answer.refusal.message}`];
  }
  const { result } = answer;
  if (isStarved(result, expected))
    return [`${SLOW}it ran out of time with ${Math.round(result.cpu_ms ?? 0)} ms of CPU: ${described(result)}`];
  if (expected.status !== undefined) mustBe('status', isOneOf(result.status, expected.status), result.status, expected.status);
  if (expected.state !== undefined) mustBe('state', isOneOf(result.state, expected.state), result.state, expected.state);
  if (expected.error !== undefined) {
    const type = result.error?.type ?? null;
    mustBe('error.type', expected.error === null ? type === null : isOneOf(type, expected.error), result.error ?? null, expected.error);
  }
  for (const [name, got] of [
    ['message', result.error?.message ?? null],
    ['traceback', result.error?.traceback ?? null],
    ['value', result.value],
    ['stdout', result.stdout],
    ['stderr', result.stderr],
  ] as const) {
    const wanted = expected[name];
    if (wanted !== undefined) mustBe(name, isText(got, wanted), got, wanted);
  }
  if (expected.exit !== undefined) mustBe('exit', isExit(result.exit, expected.exit), result.exit, expected.exit);
  if (expected.truncated !== undefined) {
    const dropped = result.truncated.stdout_bytes + result.truncated.stderr_bytes;
    mustBe('truncated', dropped > 0 === expected.truncated, result.truncated, expected.truncated);
  }
  if (expected.images !== undefined) mustBe('images', result.images.length === expected.images, result.images.length, expected.images);
  const below = (what: string, got: number | null, limit: number | undefined): void => {
    if (limit !== undefined && got !== null) mustBe(what, got < limit, Math.round(got), `below ${limit}`);
  };
  below('cpu_ms', result.cpu_ms, expected.cpuMsBelow);
  below('peak MiB', result.peak_memory_bytes === null ? null : result.peak_memory_bytes / MIB, expected.peakMibBelow);
  below('length of the text', result.stdout.length + result.stderr.length, expected.textBelow);
  if (wrong.length > 0) wrong.push(`(it was ${described(result)})`);
  if (expected.wallMsBelow !== undefined && result.wall_ms >= expected.wallMsBelow) {
    wrong.push(`${SLOW}it took ${Math.round(result.wall_ms)} ms, not below ${expected.wallMsBelow}`);
  }
  return wrong;
}

/** Begins complaints that a busy machine may cause. */
export const SLOW = 'slow: ';

/** It should not have run out of time, and hardly ran at all: a machine with too much else to do, or a deadlock. */
function isStarved(result: ExecutionResult, expected: Expected): boolean {
  if (result.status !== 'timeout' || expected.status === undefined || isOneOf('timeout', expected.status)) return false;
  return result.cpu_ms !== null && result.cpu_ms < result.wall_ms / 4;
}

function described(result: Extract<CallAnswer, { result: unknown }>['result']): string {
  const { status, state, exit, error, value, stdout, stderr, wall_ms, cpu_ms } = result;
  return shown({
    status,
    state,
    exit,
    error: error && `${error.type}: ${error.message.slice(0, 200)}`,
    value,
    stdout,
    stderr,
    wall_ms,
    cpu_ms,
  });
}

export function isOneOf<Value>(value: unknown, wanted: Value | readonly Value[]): boolean {
  return Array.isArray(wanted) ? wanted.includes(value) : value === wanted;
}

export function isText(got: string | null, wanted: string | RegExp | null): boolean {
  return wanted instanceof RegExp ? got !== null && wanted.test(got) : got === wanted;
}

function isExit(
  got: { readonly code: number | null; readonly signal: string | null } | null,
  wanted: NonNullable<Expected['exit']> | null,
): boolean {
  if (got === null || wanted === null) return got === wanted;
  if (wanted.code !== undefined && got.code !== wanted.code) return false;
  return wanted.signal === undefined || (wanted.signal === null ? got.signal === null : isOneOf(got.signal, wanted.signal));
}

export function shown(value: unknown): string {
  const text =
    value instanceof RegExp
      ? String(value)
      : (JSON.stringify(value, (_key, part: unknown) => (part instanceof RegExp ? String(part) : part)) ?? 'undefined');
  return text.length > 400 ? `${text.slice(0, 300)} … ${text.slice(-80)}` : text;
}
