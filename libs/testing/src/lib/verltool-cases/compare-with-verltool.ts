import { isDeepStrictEqual } from 'node:util';
import type { VerltoolAnswer, VerltoolCase } from './verltool-case';

/** `line-numbers`: the same but for the lines of what VerlTool puts before a program. */
export type VerltoolVerdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'listed'; readonly differences: readonly string[] }
  | { readonly kind: 'unlisted'; readonly expected: unknown; readonly got: unknown };

const LONG = 3000;
const SHOWN = 100;

/** @param preambleLines that VerlTool's tool puts before a program's first line */
export function compareWithVerltool(golden: VerltoolCase, status: number, body: unknown, preambleLines: number): VerltoolVerdict {
  const got = { status, response: status === 200 ? answerOf(body) : {} };
  const theirs = { status: golden.status, response: golden.response };
  if (isDeepStrictEqual(got, theirs)) return { kind: 'equal' };
  if (golden.ours) {
    const expected = { status: golden.ours.status ?? golden.status, response: golden.ours.response };
    if (isDeepStrictEqual(got, expected)) return { kind: 'listed', differences: golden.differences ?? [] };
    return { kind: 'unlisted', expected, got };
  }
  const expected = { ...theirs, response: mapTexts(golden.response, (text) => withoutPreamble(text, preambleLines)) };
  return isDeepStrictEqual(got, expected) ? { kind: 'listed', differences: ['line-numbers'] } : { kind: 'unlisted', expected, got };
}

function answerOf(body: unknown): VerltoolAnswer {
  const { observations, dones, valids } = body as Required<VerltoolAnswer>;
  return mapTexts({ observations, dones, valids }, shorten);
}

function mapTexts(answer: VerltoolAnswer, map: (text: string) => string): VerltoolAnswer {
  const mapOne = (value: unknown): unknown => {
    if (typeof value === 'string') return map(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapOne(each)]));
  };
  return answer.observations ? { ...answer, observations: answer.observations.map(mapOne) } : answer;
}

function withoutPreamble(text: string, lines: number): string {
  return text.replace(
    /(File "main\.py", line |\(detected at line | on line )(\d+)/g,
    (_whole, head: string, line: string) => `${head}${Number(line) - lines}`,
  );
}

/** Characters are counted as Python does. */
function shorten(text: string): string {
  const characters = [...text];
  if (characters.length <= LONG) return text;
  return `LEN ${characters.length} ${characters.slice(0, SHOWN).join('')} … ${characters.slice(-SHOWN).join('')}`;
}
