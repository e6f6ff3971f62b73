/** A program as VerlTool's Python tools find it in what a model wrote. */
export interface ExtractedProgram {
  readonly code: string;
  /** From a ```` ```input ```` block, null without one. */
  readonly stdin: string | null;
}

/** The first form that occurs counts, all its blocks are one program. */
const FORMS = [/<python>(.*?)<\/python>/gs, /```\n?python(.*?)```/gs, /```\n?py(.*?)```/gs];
const INPUT = /```input\n(.*?)\n```/s;

/** Null when there is no Python in the action. */
export function extractProgram(action: string): ExtractedProgram | null {
  for (const form of FORMS) {
    const blocks = [...action.matchAll(form)].map(([, block = '']) => block.trim());
    if (blocks.length > 0) return { code: blocks.join('\n'), stdin: INPUT.exec(action)?.[1]?.trim() ?? null };
  }
  return null;
}
