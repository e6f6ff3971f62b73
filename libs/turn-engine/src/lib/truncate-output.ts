import type { ModelPort } from './ports/model-port';
import { tokenizeOutput } from './tokenize-output';
import type { TokenizedText } from './tokenize-output';

export type TruncateSide = 'left' | 'right' | 'middle';

/** No tokenizer packs more characters than this into a token on average; longer texts are cut before they are tokenised. */
const MAX_CHARACTERS_PER_TOKEN = 24;
/** Ids that a cut may take off further, to end between two characters. */
const MAX_EDGE_IDS = 4;
const HALF_CHARACTER = '\uFFFD';

/**
 * Output in at most `maxTokens` ids. What is dropped is said in a line of its own; `left` drops the beginning,
 * `right` the end, `middle` keeps both ends.
 */
export async function truncateOutput(
  model: ModelPort,
  output: string,
  maxTokens: number,
  side: TruncateSide,
  signal: AbortSignal,
): Promise<TokenizedText> {
  const affordable = maxTokens * MAX_CHARACTERS_PER_TOKEN;
  const candidate = output.length <= 2 * affordable ? output : keepEnds(output, affordable);
  const whole = await tokenizeOutput(model, candidate, signal);
  if (candidate === output && whole.tokenIds.length <= maxTokens) return whole;

  const marker = async (keptCharacters: number): Promise<TokenizedText> => {
    const text = `[... ${output.length - keptCharacters} characters cut ...]`;
    return { text, tokenIds: await model.tokenize(text, signal) };
  };
  const newline = await model.tokenize('\n', signal);
  const room = Math.max(0, maxTokens - (await marker(0)).tokenIds.length - 2 * newline.length);
  const headCount = side === 'right' ? room : side === 'middle' ? Math.ceil(room / 2) : 0;
  const head = await takeHead(model, whole.tokenIds, headCount, signal);
  const tail = await takeTail(model, whole.tokenIds, room - headCount, signal);
  const notice = await marker(head.text.length + tail.text.length);
  const parts = [head, notice, tail].filter((part) => part.tokenIds.length > 0);
  return {
    text: parts.map((part) => part.text).join('\n'),
    tokenIds: parts.flatMap((part, index) => (index === 0 ? [...part.tokenIds] : [...newline, ...part.tokenIds])),
  };
}

function keepEnds(output: string, characters: number): string {
  return output.slice(0, characters) + output.slice(-characters);
}

async function takeHead(model: ModelPort, tokenIds: readonly number[], count: number, signal: AbortSignal): Promise<TokenizedText> {
  return takeWhole(
    model,
    (dropped) => tokenIds.slice(0, Math.max(0, count - dropped)),
    (text) => !text.endsWith(HALF_CHARACTER),
    signal,
  );
}

async function takeTail(model: ModelPort, tokenIds: readonly number[], count: number, signal: AbortSignal): Promise<TokenizedText> {
  return takeWhole(
    model,
    (dropped) => tokenIds.slice(tokenIds.length - Math.max(0, Math.min(count, tokenIds.length) - dropped)),
    (text) => !text.startsWith(HALF_CHARACTER),
    signal,
  );
}

async function takeWhole(
  model: ModelPort,
  take: (dropped: number) => readonly number[],
  isWhole: (text: string) => boolean,
  signal: AbortSignal,
): Promise<TokenizedText> {
  for (let dropped = 0; ; dropped += 1) {
    const tokenIds = take(dropped);
    const text = tokenIds.length === 0 ? '' : await model.detokenize(tokenIds, signal);
    if (isWhole(text) || dropped === MAX_EDGE_IDS) return { text, tokenIds };
  }
}
