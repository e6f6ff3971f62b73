import { splitLines, strip } from './python-text';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const RELATIVE = 1e-5;
const ABSOLUTE = 1e-8;

/** Whether a program printed what was expected: the same text, or the same lines but for blanks around them, or the same but for rounding. */
export function isExpectedOutput(output: string, expected: string): boolean {
  const [printedLines, expectedLines] = [splitLines(output), splitLines(expected)];
  if (strip(printedLines.join('\n')) === strip(expected)) return true;
  const [printed, wanted] = [printedLines, expectedLines].map((lines) => strip(lines.map(strip).join('\n'))) as [string, string];
  return printed === strip(expected) || printed === wanted || isNearly(printed, wanted);
}

/** Line by line and word by word. */
function isNearly(printed: string, expected: string): boolean {
  const [printedLines, expectedLines] = [printed.split('\n'), expected.split('\n')];
  return (
    printedLines.length === expectedLines.length && printedLines.every((line, index) => isNearlyLine(line, expectedLines[index] ?? ''))
  );
}

function isNearlyLine(printed: string, expected: string): boolean {
  const [printedWords, expectedWords] = [printed.split(/\s+/), expected.split(/\s+/)];
  return (
    printedWords.length === expectedWords.length && printedWords.every((word, index) => isNearlyWord(word, expectedWords[index] ?? ''))
  );
}

function isNearlyWord(printed: string, expected: string): boolean {
  if (printed === expected) return true;
  if (!NUMBER.test(printed) || !NUMBER.test(expected) || (INTEGER.test(printed) && INTEGER.test(expected))) return false;
  const [got, wanted] = [Number(printed), Number(expected)];
  return Math.abs(got - wanted) <= ABSOLUTE + RELATIVE * Math.abs(wanted);
}
