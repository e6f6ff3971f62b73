import { enoughAfter } from '@interleave/turn-engine';
import type { GenerationEnd, GenerationStep, Heard, StepListener } from '@interleave/turn-engine';
import type { PieceVocabulary, WireToolCall } from './piece-vocabulary';

const TOOL_CALL_END = '</tool_call>';

/** What a worker's stream says, whichever endpoint it comes from. */
export interface Piece {
  readonly text: string;
  readonly calls: readonly WireToolCall[];
  readonly reason: string | null;
  /** Tokens of the whole round, once the worker says so. */
  readonly tokens: number | null;
}

/**
 * Makes steps of the pieces that a text worker sends in a round. Stop strings are looked for here, so that which one was hit is known and not guessed.
 * A worker says last how many tokens there were, so a round that it ends itself has its last step told only by `finish`.
 */
export class PieceReader {
  private text = '';
  /** Tokens told of so far: one per piece, until the worker has counted. */
  private counted = 0;
  private last: (GenerationStep & { readonly end: GenerationEnd }) | null = null;

  constructor(
    private readonly vocabulary: PieceVocabulary,
    private readonly stops: readonly string[],
  ) {}

  /** Whether the worker has said why it ended. */
  get isComplete(): boolean {
    return this.last !== null;
  }

  /** With a stop string it is enough: what the worker says after it is of no interest. */
  take(piece: Piece, onStep: StepListener): Heard {
    if (this.last !== null) return this.correct(piece.tokens, onStep);
    const before = this.text.length;
    this.text += piece.text;
    const stop = firstStop(this.text, before, this.stops);
    const shown = stop ? this.text.slice(before, stop.end) : piece.text;
    const step = { text: shown, tokenIds: this.vocabulary.encode(shown), logprobs: null };
    if (stop) {
      return enoughAfter(onStep({ ...step, tokenCount: 1, end: { kind: 'stop-string', stop: stop.text } }));
    }
    if (piece.reason === null) {
      if (shown === '') return undefined;
      this.counted += 1;
      return onStep({ ...step, tokenCount: 1, end: null });
    }
    const heard = this.correct(piece.tokens, onStep);
    const end: GenerationEnd =
      piece.calls.length > 0
        ? { kind: 'stop-string', stop: TOOL_CALL_END }
        : { kind: piece.reason === 'length' ? 'length' : 'end-of-sequence' };
    this.last = { ...this.withCalls(step, piece.calls), logprobs: null, end };
    return heard;
  }

  /** The stream is over. */
  finish(onStep: StepListener): Heard {
    if (this.last === null) return undefined;
    return onStep({ ...this.last, tokenCount: this.last.tokenIds.length > 0 && this.counted === 0 ? 1 : 0 });
  }

  /** The worker has counted: what went before was one per piece. */
  private correct(tokens: number | null, onStep: StepListener): Heard {
    if (tokens === null || tokens <= this.counted) return undefined;
    const missing = tokens - this.counted;
    this.counted = tokens;
    return onStep({ text: '', tokenIds: [], tokenCount: missing, logprobs: null, end: null });
  }

  private withCalls(
    step: { readonly text: string; readonly tokenIds: readonly number[] },
    calls: readonly WireToolCall[],
  ): { readonly text: string; readonly tokenIds: readonly number[] } {
    let { text } = step;
    const tokenIds = [...step.tokenIds];
    for (const [index, call] of calls.entries()) {
      const written = `${this.text !== '' || index > 0 ? '\n' : ''}<tool_call>\n${callText(call)}\n${TOOL_CALL_END}`;
      tokenIds.push(this.vocabulary.mark({ kind: 'tool-call', call, text: written }));
      text += written;
    }
    return { text, tokenIds };
  }
}

/** As the worker wrote them. Arguments that are no JSON stay the text that they are: nothing will be found in them, and the model is told. */
function callText({ function: { name, arguments: written } }: WireToolCall): string {
  const values = isJson(written || '{}') ? written || '{}' : JSON.stringify(written);
  // A tag stands in a string, if anywhere: there a slash may be written in two ways.
  return `{"name":${JSON.stringify(name)},"arguments":${values}}`.replaceAll('</', '<\\/');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (_notJson) {
    return false;
  }
}

/** The stop string that is complete first; what was searched before is not searched again. */
function firstStop(text: string, searched: number, stops: readonly string[]): { readonly end: number; readonly text: string } | null {
  let first: { end: number; text: string } | null = null;
  for (const stop of stops) {
    const at = text.indexOf(stop, Math.max(0, searched - stop.length + 1));
    const end = at + stop.length;
    if (at >= 0 && (first === null || end < first.end)) first = { end, text: stop };
  }
  return first;
}
