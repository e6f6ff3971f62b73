import { strip } from './python-text';

/** A program as VerlTool's Python tools find it in what a model wrote. */
export interface ExtractedProgram {
  readonly code: string;
  /** From a ```` ```input ```` block, null without one. */
  readonly stdin: string | null;
}

/** Where a block begins, and what ends it. */
interface Form {
  readonly open: RegExp;
  readonly close: string;
}

const TAG: Form = { open: /<python>/g, close: '</python>' };
const FENCE: Form = { open: /```\n?python/g, close: '```' };
const SHORT_FENCE: Form = { open: /```\n?py/g, close: '```' };
const TOOL_CALL: Form = { open: /<tool_call>/g, close: '</tool_call>' };
const INPUT: Form = { open: /```input\n/g, close: '\n```' };

/** For `python_code` and `python_oj`: the first form that occurs counts, all its blocks are one program. Null when there is no Python in the action. */
export function extractProgram(action: string): ExtractedProgram | null {
  return toProgram(action, firstForm(action, [TAG, FENCE, SHORT_FENCE]));
}

/** For `ipython_code`, which knows no short fence but a tool call of Qwen's form. */
export function extractCell(action: string): ExtractedProgram | null {
  return toProgram(action, firstForm(action, [TAG, FENCE]) ?? toolCallCode(action));
}

function firstForm(action: string, forms: readonly Form[]): string | null {
  for (const form of forms) {
    const blocks = blocksOf(action, form).map(strip);
    if (blocks.length > 0) return blocks.join('\n');
  }
  return null;
}

/** Each from where it opens to the next end. By hand, because an expression would look through the rest of the text at every opening. */
function blocksOf(action: string, { open, close }: Form): string[] {
  const blocks: string[] = [];
  const opening = new RegExp(open);
  while (opening.exec(action)) {
    const start = opening.lastIndex;
    const end = action.indexOf(close, start);
    if (end < 0) break;
    blocks.push(action.slice(start, end));
    opening.lastIndex = end + close.length;
  }
  return blocks;
}

function toolCallCode(action: string): string | null {
  const [text] = blocksOf(action, TOOL_CALL);
  if (text === undefined) return null;
  const call = parseObject(strip(text));
  const name = call['name'];
  const code = asFields(call['arguments'])['code'];
  if (typeof name !== 'string' || strip(name) !== 'python' || typeof code !== 'string') return null;
  return strip(code) || null;
}

function toProgram(action: string, code: string | null): ExtractedProgram | null {
  if (code === null) return null;
  const [input] = blocksOf(action, INPUT);
  return { code, stdin: input === undefined ? null : strip(input) };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields {
  try {
    return asFields(JSON.parse(text));
  } catch (_notJson) {
    return {};
  }
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
