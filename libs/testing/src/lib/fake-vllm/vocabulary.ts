/** Control tokens; their spellings in a text become these ids, as with real tokenizers. */
export const SPECIALS = { imStart: '<|im_start|>', imEnd: '<|im_end|>', pad: '<|pad|>', begin: '<|begin|>' } as const;

/**
 * Pieces longer than one byte. Some are there for what they do at the borders of the turn loop: "```output\n" and "</python>\n" are single
 * tokens that complete an action stop and reach beyond it; "```python" holds the start of a stop string in the middle of a token.
 */
const PIECES = [
  '```python',
  '```output\n',
  '```output',
  '```',
  '``',
  '\n\n',
  '    ',
  '  ',
  '<python>',
  '</python>\n',
  '</python>',
  '<output>',
  '</output>',
  'import',
  'print(',
  'def',
  'return',
  'for',
  'range(',
  'system',
  'user',
  'assistant',
  'tool',
  'python',
  'output',
  'Let',
  'The',
  'What',
  'Your',
  'Python',
  'ing',
  'er',
  'tion',
  'Error',
  'Traceback',
  ...words(
    'the of and to a in is it that for you he was on are as with his they at be this have from or one had by but not what all were we when',
  ),
  ...words('answer compute with Python me let use code result output check now so then number numbers sum value that. is: = == + - * / %'),
  ...words('import return if else for while in not print range len int str list valid action please again format try your'),
];

function words(text: string): string[] {
  return text.split(' ').map((word) => ` ${word}`);
}

const encoder = new TextEncoder();

/** Every token's bytes, the place in the list being its id: specials, then the 256 single bytes, then the pieces. */
export const TOKEN_BYTES: readonly Uint8Array[] = [
  ...Object.values(SPECIALS).map((spelling) => encoder.encode(spelling)),
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...[...new Set(PIECES)].map((piece) => encoder.encode(piece)),
];

export const SPECIAL_COUNT = Object.keys(SPECIALS).length;
export const FIRST_PIECE_ID = SPECIAL_COUNT + 256;
