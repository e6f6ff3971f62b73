import type { BlockContent, CodeGrammar, Dialect } from './dialect';
import { scanner } from './pattern-copies';
import { parseToolCall } from './tool-call';
import type { ToolCall } from './tool-call';

/** What is to be run. */
export interface Program {
  readonly code: string;
  /** Null: no standard input. */
  readonly stdin: string | null;
}

/** The function by which a model asks for Python where it calls functions. */
export const PYTHON_FUNCTION = 'python';

/**
 * The programs in a text: the first grammar that finds a closed block decides. Each function call is a program of its own; several blocks of another
 * grammar make one, in order.
 */
export function findPrograms(text: string, { grammars, inputBlock }: Pick<Dialect, 'grammars' | 'inputBlock'>): Program[] {
  for (const grammar of grammars) {
    const codes = blocksOf(text, grammar).flatMap(({ content }) => codeOf(content, grammar.content) ?? []);
    if (codes.length === 0) continue;
    if (grammar.content === 'tool-call') return codes.map((code) => ({ code, stdin: null }));
    const [input] = inputBlock === null ? [] : blocksOf(text, inputBlock);
    return [{ code: codes.join('\n'), stdin: input === undefined ? null : strip(input.content) }];
  }
  return [];
}

/** The first of the programs in a text, or null. */
export function findProgram(text: string, dialect: Pick<Dialect, 'grammars' | 'inputBlock'>): Program | null {
  return findPrograms(text, dialect)[0] ?? null;
}

/** A block of a text that is closed: what stands in it, and where it is, markers included. */
export interface Block {
  readonly content: string;
  readonly start: number;
  readonly end: number;
}

/** Each block from where it opens to the next closing, looked for once. */
export function blocksOf(text: string, { opening: pattern, closing }: CodeGrammar): Block[] {
  const blocks: Block[] = [];
  const opening = scanner(pattern);
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const start = match.index + match[0].length;
    const end = text.indexOf(closing, start);
    if (end < 0) break;
    blocks.push({ content: text.slice(start, end), start: match.index, end: end + closing.length });
    opening.lastIndex = end + closing.length;
  }
  return blocks;
}

/** Null: a block without code. */
function codeOf(block: string, content: BlockContent): string | null {
  switch (content) {
    case 'code': {
      const code = trimBlankLines(block);
      return code.trim() === '' ? null : code;
    }
    case 'stripped-code':
      return strip(block);
    case 'tool-call': {
      const call = parseToolCall(block);
      return call && pythonOf(call);
    }
  }
}

/** The code in a call of Python; null for any other. */
export function pythonOf(call: ToolCall): string | null {
  const code = call.name === PYTHON_FUNCTION ? call.arguments['code'] : null;
  return typeof code === 'string' && code.trim() !== '' ? code : null;
}

/** Blank lines around go; the first line keeps its indentation, on which the others are measured. */
function trimBlankLines(code: string): string {
  let start = 0;
  for (let end = code.indexOf('\n'); end >= 0 && code.slice(start, end).trim() === ''; end = code.indexOf('\n', start)) start = end + 1;
  return code.slice(start).trimEnd();
}

/** What Python's `strip` takes for white space, where JavaScript's `trim` sees it otherwise: the separators are, the byte order mark isn't. */
function isPythonSpace(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code >= 0x1c && code <= 0x1f) || code === 0x85 || (code !== 0xfeff && character.trim() === '');
}

function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPythonSpace(text.charAt(start))) start += 1;
  while (end > start && isPythonSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
