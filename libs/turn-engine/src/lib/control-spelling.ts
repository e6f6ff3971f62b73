/**
 * Spellings that tokenizers turn into control tokens: `<|im_end|>`, `<｜end▁of▁sentence｜>`, `</s>`, `<start_of_turn>`, `[INST]`, …
 * A worker's `/tokenize` has no switch against them, so whoever tokenises untrusted text must cut inside them.
 */
const CONTROL_SPELLING =
  /<\|[^<>|\n]{1,64}\|>|<｜[^<>｜\n]{1,64}｜>|<\/?(?:s|pad|unk|bos|eos|mask|sep|cls|think|tool_call|tool_response|tools?|im_start|im_end|start_of_\w{1,24}|end_of_\w{1,24}|fim_\w{1,24}|unused\d{1,6}|extra_id_\d{1,6}|reserved\w{0,40}|image\w{0,16}|audio\w{0,16}|video\w{0,16}|0x[0-9A-Fa-f]{2})>|\[\/?(?:INST|SYS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|AVAILABLE_TOOLS|SYSTEM_PROMPT|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX|THINK|ARGS|CALL_ID|CLS|SEP|PAD|UNK|MASK|gMASK|sMASK)\]/g;

/** Cuts a text so that no piece holds a whole control spelling; the pieces together are the text. */
export function cutControlSpellings(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (const match of text.matchAll(CONTROL_SPELLING)) {
    pieces.push(text.slice(start, match.index + 1));
    start = match.index + 1;
  }
  pieces.push(text.slice(start));
  return pieces.filter((piece) => piece !== '');
}

/** Breaks control spellings up visibly: for texts with too many of them to cut. */
export function breakControlSpellings(text: string): string {
  return text.replace(CONTROL_SPELLING, (spelling) => `${spelling[0]} ${spelling.slice(1)}`);
}

/** Spellings of tokens that decoders show although tokenizers know them: they are part of what a model says. */
const SHOWN_SPELLING = /^<\/?(?:think|tool_call|tool_response|tools?)>$/;

/** The text as a decoder that skips control tokens would show it. For text of the chat template and of the model only. */
export function withoutHiddenSpellings(text: string): string {
  return text.replace(CONTROL_SPELLING, (spelling) => (SHOWN_SPELLING.test(spelling) ? spelling : ''));
}

/** The control spelling that a text starts with, or an empty string. */
export function leadingControlSpelling(text: string): string {
  const match = new RegExp(CONTROL_SPELLING.source).exec(text);
  return match?.index === 0 ? match[0] : '';
}
