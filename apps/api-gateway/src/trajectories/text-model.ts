import type { VllmCompletionChunk, WorkerRow } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { ChatMessage, ChatTurnSeparator, GenerationEnd, GenerationRequest, GenerationStep } from '@interleave/turn-engine';
import { newCallId } from '../new-id';
import type { VllmChatChunk } from '../workers/completion-stream';
import type { TrajectoryRoute } from '../workers/trajectory-route';
import type { Prompt } from './completion-job';
import { toConversation } from './conversation';
import type { JobModel } from './job-model';
import { PieceVocabulary } from './piece-vocabulary';
import type { WireToolCall } from './piece-vocabulary';
import type { Sampling } from './trajectory-model';

/** Nobody knows how long the context is: the worker says when it is full. */
const UNKNOWN_CONTEXT_TOKENS = 2 ** 31;
const TOOL_CALL_END = '</tool_call>';

/** What a worker's stream says, whichever endpoint it comes from. */
interface Piece {
  readonly text: string;
  readonly calls: readonly WireToolCall[];
  readonly reason: string | null;
  /** Tokens of the whole round, once the worker says so. */
  readonly tokens: number | null;
}

/**
 * The model of one trajectory on a worker that knows text only: the loop's ids are numbers of pieces of text. Stop strings are looked for here, so that
 * which one was hit is known and not guessed. With `isNative` the worker's own tool calls are read, and written in the transcript as hermes writes them.
 */
export class TextModel implements JobModel {
  readonly speaksTokenIds = false;
  readonly maxContextTokens = UNKNOWN_CONTEXT_TOKENS;

  constructor(
    private readonly route: TrajectoryRoute,
    private readonly endpoint: 'chat' | 'text',
    private readonly sampling: Sampling,
    private readonly vocabulary = new PieceVocabulary(),
  ) {}

  forTrajectory(sampling: Sampling): TextModel {
    return new TextModel(this.route.another(), this.endpoint, sampling, this.vocabulary);
  }

  /** @throws AppError `invalid_request` for a prompt in ids: whose would they be? */
  render(prompt: Prompt): Promise<readonly number[]> {
    if (prompt.kind === 'ids')
      return Promise.reject(new AppError('invalid_request', 'This model takes prompts as text, not as token ids.', { param: 'prompt' }));
    if (prompt.kind === 'text') return this.tokenize(prompt.text);
    return this.renderChat(prompt.messages);
  }

  generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationStep, void, undefined> {
    return this.read(request, this.stream(request, signal));
  }

  tokenize(text: string): Promise<number[]> {
    return Promise.resolve(this.vocabulary.encode(text));
  }

  detokenize(tokenIds: readonly number[]): Promise<string> {
    return Promise.resolve(this.vocabulary.decode(tokenIds));
  }

  /** A plain text has no turns: with it they are paragraphs. */
  renderChat(messages: readonly ChatMessage[]): Promise<readonly number[]> {
    if (this.endpoint === 'text') return Promise.reject(new AppError('invalid_request', 'A text has no chat template.'));
    return Promise.resolve(messages.map((message) => this.vocabulary.mark({ kind: 'message', message, text: '' })));
  }

  /** Null: as the engine derives it, which for a text is paragraphs. */
  turnSeparator(role: string): ChatTurnSeparator | null {
    if (this.endpoint === 'text') return null;
    const end = this.vocabulary.mark({ kind: 'end', text: '' });
    return {
      turnEnd: { text: '', tokenIds: [end] },
      before: { text: '\n', tokenIds: [this.vocabulary.mark({ kind: 'start', role, text: '\n' })] },
      after: { text: '\n', tokenIds: [end, this.vocabulary.mark({ kind: 'start', role: 'assistant', text: '\n' })] },
    };
  }

  private async *read(request: GenerationRequest, pieces: AsyncIterable<Piece>): AsyncGenerator<GenerationStep, void, undefined> {
    let text = '';
    let counted = 0;
    let end: GenerationEnd | null = null;
    let last = { text: '', tokenIds: [] as number[] };
    for await (const piece of pieces) {
      if (end !== null) {
        if (piece.tokens !== null) counted = yield* this.correct(counted, piece.tokens);
        continue;
      }
      if (piece.reason === 'abort' || piece.reason === 'error') throw this.route.gaveUp(`The worker gave up (${piece.reason}).`);
      const before = text.length;
      text += piece.text;
      const stop = firstStop(text, before, request.stops);
      const shown = stop ? text.slice(before, stop.end) : piece.text;
      const step = { text: shown, tokenIds: this.vocabulary.encode(shown), logprobs: null };
      if (stop) return yield { ...step, tokenCount: 1, end: { kind: 'stop-string', stop: stop.text } };
      if (piece.reason === null) {
        if (shown === '') continue;
        counted += 1;
        yield { ...step, tokenCount: 1, end: null };
        continue;
      }
      if (piece.tokens !== null) counted = yield* this.correct(counted, piece.tokens);
      last = this.withCalls(step, piece.calls, text !== '');
      end =
        piece.calls.length > 0
          ? { kind: 'stop-string', stop: TOOL_CALL_END }
          : { kind: piece.reason === 'length' ? 'length' : 'end-of-sequence' };
    }
    if (end === null) throw this.route.gaveUp('The worker ended its answer without saying why.');
    yield { ...last, tokenCount: last.tokenIds.length > 0 && counted === 0 ? 1 : 0, logprobs: null, end };
  }

  /** The worker has counted: what went before was one per piece. */
  private *correct(counted: number, tokens: number): Generator<GenerationStep, number, undefined> {
    if (tokens > counted) yield { text: '', tokenIds: [], tokenCount: tokens - counted, logprobs: null, end: null };
    return Math.max(counted, tokens);
  }

  private withCalls(
    step: { readonly text: string; readonly tokenIds: readonly number[] },
    calls: readonly WireToolCall[],
    hasText: boolean,
  ) {
    let { text } = step;
    const tokenIds = [...step.tokenIds];
    for (const [index, call] of calls.entries()) {
      const written = `${hasText || index > 0 ? '\n' : ''}<tool_call>\n${callText(call)}\n${TOOL_CALL_END}`;
      tokenIds.push(this.vocabulary.mark({ kind: 'tool-call', call, text: written }));
      text += written;
    }
    return { text, tokenIds };
  }

  /** The ids are not the worker's: whether it has the context cached can't be told from them. */
  private async *stream(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<Piece> {
    const { parameters, seed } = this.sampling;
    const options = (worker: WorkerRow): Record<string, unknown> => ({
      ...parameters,
      model: this.route.modelNameAt(worker),
      stream_options: { include_usage: true },
      ...(request.maxTokens < UNKNOWN_CONTEXT_TOKENS / 2 ? { max_tokens: request.maxTokens } : {}),
      ...(seed === null ? {} : { seed }),
    });
    if (this.endpoint === 'text') {
      const prompt = this.vocabulary.decode(request.contextIds);
      const bodyFor = (worker: WorkerRow): Record<string, unknown> => ({ ...options(worker), prompt });
      for await (const chunks of this.route.round('/v1/completions', [], bodyFor, signal)) yield* chunks.map(ofText);
      return;
    }
    const { messages, isLastOpen } = toConversation(this.vocabulary.entriesOf(request.contextIds));
    const goingOn = isLastOpen ? { add_generation_prompt: false, continue_final_message: true } : {};
    const calls: { id: string; name: string; arguments: string }[] = [];
    const bodyFor = (worker: WorkerRow): Record<string, unknown> => ({ ...options(worker), messages, ...goingOn });
    for await (const chunks of this.route.round('/v1/chat/completions', [], bodyFor, signal))
      for (const chunk of chunks) yield ofChat(chunk, calls);
  }
}

function ofText({ choices: [choice], usage }: VllmCompletionChunk): Piece {
  return { text: choice?.text ?? '', calls: [], reason: choice?.finish_reason ?? null, tokens: usage?.completion_tokens ?? null };
}

/** Calls come in parts, by their place; they are whole when the worker says why it ended. */
function ofChat({ choices: [choice], usage }: VllmChatChunk, calls: { id: string; name: string; arguments: string }[]): Piece {
  for (const delta of choice?.delta.tool_calls ?? []) {
    const call = (calls[delta.index ?? 0] ??= { id: '', name: '', arguments: '' });
    call.id ||= delta.id ?? '';
    call.name += delta.function?.name ?? '';
    call.arguments += delta.function?.arguments ?? '';
  }
  const reason = choice?.finish_reason ?? null;
  const named = reason === null ? [] : calls.filter((call) => call?.name);
  const whole = reason === 'length' ? [] : named;
  // What the limit cut short is text: nobody is asked to run half of it.
  const cut =
    reason === 'length' ? named.map((call) => `\n<tool_call>\n{"name":${JSON.stringify(call.name)},"arguments":${call.arguments}`) : [];
  return {
    text: (choice?.delta.content ?? '') + cut.join(''),
    calls: whole.map((call) => ({
      id: call.id || newCallId(),
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
    reason,
    tokens: usage?.completion_tokens ?? null,
  };
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
