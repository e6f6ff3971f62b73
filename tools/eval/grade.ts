/** The answer that a text ends with: what the last `\boxed{…}` holds, else the last number. */
export function finalAnswerOf(text: string): string | null {
  const boxed = lastBoxed(text);
  if (boxed !== null) return normalised(boxed);
  const number = text.match(/-?\d[\d,]*(?:\.\d+)?(?:\/\d+)?/g)?.at(-1);
  return number === undefined ? null : normalised(number);
}

export function isRight(text: string, answer: string): boolean {
  const given = finalAnswerOf(text);
  return given !== null && given === normalised(answer);
}

/** Braces inside the box are counted: `\boxed{\frac{1}{2}}`. */
function lastBoxed(text: string): string | null {
  const start = text.lastIndexOf('\\boxed{');
  if (start < 0) return null;
  const from = start + '\\boxed{'.length;
  for (let at = from, depth = 1; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}' && (depth -= 1) === 0) return text.slice(from, at);
  }
  return null;
}

/** `1,000.50` and `1000.5` are the same answer, so are `$ 5 $` and `5`. */
function normalised(answer: string): string {
  const bare = answer.replaceAll(/[\s$]|\\[,;!]/g, '').replace(/\.$/, '');
  const number = Number(bare.replaceAll(',', ''));
  return bare !== '' && Number.isFinite(number) ? String(number) : bare;
}
