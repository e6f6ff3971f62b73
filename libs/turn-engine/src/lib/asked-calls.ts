import type { CodeGrammar } from './dialect';
import { blocksOf, findPrograms, pythonOf } from './find-program';
import type { Program } from './find-program';
import { parseToolCall } from './tool-call';
import type { ToolCall } from './tool-call';
import type { TurnPolicy } from './turn-policy';

/** A call that the server answers: a program, or null where there was nothing to run. */
export type AskedProgram = Program | null;

/** What a model asks for in one round. */
export interface AskedCalls {
  /** In the order in which they were written; each gets an answer. */
  readonly programs: readonly AskedProgram[];
  /** Functions that the client is to call. */
  readonly clientCalls: readonly ToolCall[];
}

type Asking = Pick<TurnPolicy, 'dialect' | 'clientFunctions' | 'parallelClientCalls'>;

/** Reads the calls of a round. Where there is no call at all, that is one program which is null. */
export function askedCallsIn(text: string, { dialect, clientFunctions, parallelClientCalls }: Asking): AskedCalls {
  const clientCalls: ToolCall[] = [];
  const programs: AskedProgram[] = [];
  const blocks = dialect.functionCall === null ? [] : blocksOf(text, dialect.functionCall);
  for (const { content } of blocks) {
    const call = parseToolCall(content);
    const code = call && pythonOf(call);
    if (call && clientFunctions.has(call.name)) clientCalls.push(call);
    else programs.push(code === null ? null : { code, stdin: null });
  }
  const hasFound = clientCalls.length > 0 || programs.some((program) => program !== null);
  if (hasFound || (dialect.isNative && programs.length > 0))
    return { programs, clientCalls: parallelClientCalls ? clientCalls : clientCalls.slice(0, 1) };
  const others = findPrograms(text, dialect);
  return { programs: others.length > 0 ? others : [null], clientCalls: [] };
}

/** Whether a text holds a call of one of these functions. */
export function hasClientCall(text: string, grammar: CodeGrammar, clientFunctions: ReadonlySet<string>): boolean {
  return clientFunctions.size > 0 && blocksOf(text, grammar).some(({ content }) => clientFunctions.has(parseToolCall(content)?.name ?? ''));
}

/** The text without the calls of these functions, and without the blanks that stood between calls. */
export function withoutClientCalls(text: string, grammar: CodeGrammar, clientFunctions: ReadonlySet<string>): string {
  const parts: string[] = [];
  let seen = 0;
  for (const { content, start, end } of blocksOf(text, grammar)) {
    const isClientCall = clientFunctions.has(parseToolCall(content)?.name ?? '');
    parts.push(text.slice(seen, start), isClientCall ? '' : text.slice(start, end));
    seen = end;
  }
  const [first = '', ...others] = [...parts, text.slice(seen)];
  return first + others.filter((part) => part.trim() !== '').join('\n');
}
