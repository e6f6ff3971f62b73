import { AppError } from '@interleave/kernel';
import { isTruthy, parsePythonJson, toPythonValue } from '@interleave/sandbox';
import type { PythonValue } from '@interleave/sandbox';
import type { ToolServerSettings } from '@interleave/settings';
import type { ObservationItem } from './observation-item';

type Fields = Readonly<Record<string, unknown>>;

/** What pydantic takes for a boolean. */
const TRUE = ['true', 't', 'yes', 'y', 'on', '1'];
const FALSE = ['false', 'f', 'no', 'n', 'off', '0'];

/**
 * Body of `/get_observation` → items. Fields that VerlTool doesn't know are left out, as there.
 * @param text the body as it was sent
 * @throws AppError `invalid_request` when it is no JSON, `unprocessable_request` for everything that VerlTool refuses with 422
 */
export function readObservationRequest(
  text: string,
  limits: Pick<ToolServerSettings, 'toolTimeout' | 'maxToolTimeout'>,
): ObservationItem[] {
  const body = parseBody(text);
  const ids = stringsOf(body, 'trajectory_ids');
  const actions = stringsOf(body, 'actions');
  checkLength('actions', actions, ids);
  const extras = extraFieldsOf(body, ids);
  const finish = flagsOf(body, 'finish', extras);
  const lastStep = flagsOf(body, 'is_last_step', extras);
  const tests = testsOf(extras, text);
  return ids.map((trajectoryId, index) => ({
    trajectoryId,
    action: actions[index] ?? '',
    stdin: extras[index]?.['stdin'],
    tests: tests[index] ?? null,
    timeoutMs: timeoutMsOf(extras[index]?.['timeout'], index, limits),
    isFinished: isTruthy(finish[index]),
    isLastStep: isTruthy(lastStep[index]),
  }));
}

function parseBody(text: string): Fields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid_request', `The request body is not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
  if (!isObject(body)) throw wrong(null, 'The request body must be a JSON object with trajectory_ids and actions.');
  return body;
}

function stringsOf(body: Fields, name: string): readonly string[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((each): each is string => typeof each === 'string')) {
    throw wrong(name, `${name} must be a list of at least one string.`);
  }
  return value;
}

function extraFieldsOf(body: Fields, ids: readonly string[]): readonly Fields[] {
  const value = body['extra_fields'] ?? null;
  if (value === null) return ids.map(() => ({}));
  if (!Array.isArray(value) || !value.every(isObject)) throw wrong('extra_fields', 'extra_fields must be a list of objects.');
  checkLength('extra_fields', value, ids);
  return value;
}

/** The list of the request goes before the extra fields, unless the first of these has the key. A list that is too short speaks for the first items only. */
function flagsOf(body: Fields, name: 'finish' | 'is_last_step', extras: readonly Fields[]): readonly unknown[] {
  const value = body[name] ?? null;
  const own = extras.map((extra) => extra[name]);
  if (value === null) return own;
  if (!Array.isArray(value)) throw wrong(name, `${name} must be a list of booleans.`);
  const flags = value.map((each) => flagOf(each, name));
  return Object.hasOwn(extras[0] ?? {}, name) ? own : own.map((each, index) => flags[index] ?? each);
}

function flagOf(value: unknown, name: string): boolean {
  const text = typeof value === 'string' ? value.toLowerCase() : String(value);
  if (['boolean', 'number', 'string'].includes(typeof value)) {
    if (TRUE.includes(text)) return true;
    if (FALSE.includes(text)) return false;
  }
  throw wrong(name, `${name} must be a list of booleans.`);
}

/** Numbers in tests matter as they were written: 1.0 is not 1 in Python, and whole numbers have any number of digits. */
function testsOf(extras: readonly Fields[], text: string): readonly PythonValue[] {
  const tests = extras.map((extra) => extra['public_tests'] ?? null);
  if (!tests.some(hasNumber)) return tests.map(toPythonValue);
  const exact = member(parsePythonJson(text), 'extra_fields');
  return tests.map((_value, index) => (Array.isArray(exact) ? member(exact[index] as PythonValue, 'public_tests') : null));
}

function hasNumber(value: unknown): boolean {
  if (typeof value === 'number') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasNumber);
}

function member(value: PythonValue, key: string): PythonValue {
  return value instanceof Map ? ((value as ReadonlyMap<string, PythonValue>).get(key) ?? null) : null;
}

function timeoutMsOf(value: unknown, index: number, limits: Pick<ToolServerSettings, 'toolTimeout' | 'maxToolTimeout'>): number {
  if (value === undefined || value === null) return Math.ceil(limits.toolTimeout * 1000);
  if (typeof value !== 'number' || !(value > 0 && value <= limits.maxToolTimeout)) {
    const name = `extra_fields[${index}].timeout`;
    throw wrong('extra_fields', `${name} must be a number of seconds above 0, up to ${limits.maxToolTimeout} (MAX_TOOL_TIMEOUT).`);
  }
  return Math.ceil(value * 1000);
}

function checkLength(name: string, list: readonly unknown[], ids: readonly string[]): void {
  if (list.length !== ids.length) throw wrong(name, `${name} has ${list.length} elements, but trajectory_ids has ${ids.length}.`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(param: string | null, message: string): AppError {
  return new AppError('unprocessable_request', message, param === null ? {} : { param });
}
