import type { VllmCompletionChunk, WorkerRow } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { ChatMessage, ChatTurnSeparator, GenerationRequest, Heard, StepListener } from '@interleave/turn-engine';
import { newCallId } from '../new-id';
import type { StreamEnd, VllmChatChunk } from '../workers/completion-stream';
import type { TrajectoryRoute } from '../workers/trajectory-route';
import type { Prompt } from './completion-job';
import { toConversation } from './conversation';
import type { JobModel } from './job-model';
import { PieceReader } from './piece-reader';
import type { Piece } from './piece-reader';
import { PieceVocabulary } from './piece-vocabulary';
import type { Sampling } from './trajectory-model';

/** Nobody knows how long the context is: the worker says when it is full. */
const UNKNOWN_CONTEXT_TOKENS = 2 ** 31;
/** What the engine says of a generation that it gave up. */
const GIVEN_UP: ReadonlySet<string | null> = new Set(['abort', 'error']);

/**
 * The model of one trajectory on a worker that knows text only: the loop's ids are numbers of pieces of text. With
 * `isNative` the worker's own tool calls are read, and written in the transcript as hermes writes them.
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

  async generate(request: GenerationRequest, onStep: StepListener, signal: AbortSignal): Promise<void> {
    const reader = new PieceReader(this.vocabulary, request.stops);
    const tell = (pieces: readonly Piece[]): Heard => {
      for (const [place, piece] of pieces.entries()) {
        const heard = this.take(piece, reader, onStep);
        if (heard === 'enough') return 'enough';
        // Whoever has had enough must not hear of the next one.
        if (heard) return heard.then((answer) => answer ?? tell(pieces.slice(place + 1)));
      }
      return undefined;
    };
    const end = await this.stream(request, tell, signal);
    if (end === 'enough') return;
    if (!reader.isComplete) throw this.route.gaveUp('The worker ended its answer without saying why.');
    await reader.finish(onStep);
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

  private take(piece: Piece, reader: PieceReader, onStep: StepListener): Heard {
    if (!reader.isComplete && GIVEN_UP.has(piece.reason)) throw this.route.gaveUp(`The worker gave up (${piece.reason}).`);
    return reader.take(piece, onStep);
  }

  /** The ids are not the worker's: whether it has the context cached can't be told from them. */
  private async stream(request: GenerationRequest, onPieces: (pieces: readonly Piece[]) => Heard, signal: AbortSignal): Promise<StreamEnd> {
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
      return this.route.round('/v1/completions', [], bodyFor, (chunks) => onPieces(chunks.map(ofText)), signal);
    }
    const { messages, isLastOpen } = toConversation(this.vocabulary.entriesOf(request.contextIds));
    const goingOn = isLastOpen ? { add_generation_prompt: false, continue_final_message: true } : {};
    const calls: { id: string; name: string; arguments: string }[] = [];
    const bodyFor = (worker: WorkerRow): Record<string, unknown> => ({ ...options(worker), messages, ...goingOn });
    const ofThis = (chunk: VllmChatChunk): Piece => ofChat(chunk, calls);
    return this.route.round('/v1/chat/completions', [], bodyFor, (chunks) => onPieces(chunks.map(ofThis)), signal);
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
