/** Text operations as Python does them, where JavaScript's differ. */

const SPACES = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const WHITESPACE = new RegExp(`[${SPACES}]`);
const BLANK = /[ \n]/;
const LINE_BREAKS = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE_BREAK = new RegExp(`\\r\\n|[${LINE_BREAKS}]`);

/** `text.strip()` */
export function strip(text: string): string {
  return stripEnd(stripStart(text, WHITESPACE), WHITESPACE);
}

/** `text.strip(' \n')` */
export function stripBlank(text: string): string {
  return stripBlankEnd(stripBlankStart(text));
}

/** `text.lstrip(' \n')` */
export function stripBlankStart(text: string): string {
  return stripStart(text, BLANK);
}

/** `text.rstrip(' \n')` */
export function stripBlankEnd(text: string): string {
  return stripEnd(text, BLANK);
}

/** `text.splitlines()` */
export function splitLines(text: string): string[] {
  const lines = text.split(LINE_BREAK);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `text[:count]`: code points, not the units that JavaScript counts. */
export function takeCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let taken = 0; taken < count && end < text.length; taken += 1) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** `bool(value)` of a JSON value. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

// By hand: an expression would look at every run of blanks within the text.
function stripStart(text: string, kind: RegExp): string {
  let start = 0;
  while (start < text.length && kind.test(text.charAt(start))) start += 1;
  return text.slice(start);
}

function stripEnd(text: string, kind: RegExp): string {
  let end = text.length;
  while (end > 0 && kind.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
