import type { CodeGrammar } from './dialect';

/**
 * The program in a text, or null. The first grammar that finds a closed block decides; several blocks make one program, in order.
 * A block without code is no program.
 */
export function findCode(text: string, grammars: readonly CodeGrammar[]): string | null {
  for (const grammar of grammars) {
    const blocks = blocksOf(text, grammar);
    if (blocks.length > 0) return blocks.join('\n');
  }
  return null;
}

function blocksOf(text: string, grammar: CodeGrammar): string[] {
  const blocks: string[] = [];
  const opening = new RegExp(grammar.opening.source, grammar.opening.flags);
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const start = match.index + match[0].length;
    const end = text.indexOf(grammar.closing, start);
    if (end < 0) break;
    const code = trimBlankLines(text.slice(start, end));
    if (code.trim() !== '') blocks.push(code);
    opening.lastIndex = end + grammar.closing.length;
  }
  return blocks;
}

/** Blank lines around go; the first line keeps its indentation, on which the others are measured. */
function trimBlankLines(code: string): string {
  return code.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd();
}
