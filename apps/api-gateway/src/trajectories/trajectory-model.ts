import type { VllmCompletionChunk, VllmLogprobs, VllmMessage, WorkerRow } from '@interleave/contracts';
import type {
  ChatMessage,
  GenerationEnd,
  GenerationRequest,
  GenerationStep,
  Heard,
  StepListener,
  TokenLogprob,
} from '@interleave/turn-engine';
import { enoughAfter } from '@interleave/turn-engine';
import type { TrajectoryRoute } from '../workers/trajectory-route';
import type { Prompt } from './completion-job';
import type { JobModel } from './job-model';
import type { TokenizeCache } from './tokenize-cache';

/** Where a worker does not say how long its context is. */
const ASSUMED_CONTEXT_TOKENS = 4096;

/** Sampling of one trajectory: sent with every round. */
export interface Sampling {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number | null;
  /** Top logprobs per token; null: none at all. */
  readonly logprobs: number | null;
}

/** The model of one trajectory: the worker it is on, and the next one when that one is lost. */
export class TrajectoryModel implements JobModel {
  readonly speaksTokenIds = true;

  constructor(
    private readonly route: TrajectoryRoute,
    private readonly sampling: Sampling,
    private readonly tokenizeCache: TokenizeCache,
    /** Functions that the chat template is told of. */
    private readonly declaredTools: readonly unknown[] = [],
  ) {}

  get maxContextTokens(): number {
    return this.route.worker?.max_model_len ?? ASSUMED_CONTEXT_TOKENS;
  }

  declaring(tools: readonly unknown[]): TrajectoryModel {
    return new TrajectoryModel(this.route, this.sampling, this.tokenizeCache, tools);
  }

  /** One that has not been anywhere yet: which worker it gets is decided by its first round. */
  forTrajectory(sampling: Sampling): TrajectoryModel {
    return new TrajectoryModel(this.route.another(), sampling, this.tokenizeCache);
  }

  async generate(request: GenerationRequest, onStep: StepListener, signal: AbortSignal): Promise<void> {
    const bodyFor = (worker: WorkerRow): Record<string, unknown> => this.completionBody(worker, request);
    const onChunks = (chunks: readonly VllmCompletionChunk[]): Heard => {
      const { step, failure } = toStep(chunks);
      const isEmpty = step.end === null && step.text === '' && step.tokenIds.length === 0;
      const heard = isEmpty ? undefined : onStep(step);
      // What a worker does after its last word is of no interest.
      if (step.end !== null) return enoughAfter(heard);
      return failure === null ? heard : this.givenUp(failure, heard);
    };
    const end = await this.route.round('/v1/completions', request.contextIds, bodyFor, onChunks, signal);
    if (end !== 'enough') throw this.route.gaveUp('The worker ended its answer without saying why.');
  }

  /** What came before the engine gave up may have been enough. */
  private async givenUp(reason: string, heard: Heard): Promise<'enough'> {
    if ((await heard) === 'enough') return 'enough';
    throw this.route.gaveUp(`The worker gave up (${reason}).`);
  }

  async tokenize(text: string, signal: AbortSignal): Promise<readonly number[]> {
    const known = this.route.worker && this.tokenizeCache.ids(this.route.worker, text);
    if (known) return known;
    return this.route.ask(async (client, model, worker, bounded) => {
      const { tokens } = await client.tokenize({ model, prompt: text, add_special_tokens: false }, bounded);
      this.tokenizeCache.keepIds(worker, text, tokens);
      return tokens;
    }, signal);
  }

  async detokenize(tokenIds: readonly number[], signal: AbortSignal): Promise<string> {
    const known = this.route.worker && this.tokenizeCache.text(this.route.worker, tokenIds);
    if (typeof known === 'string') return known;
    return this.route.ask(async (client, model, worker, bounded) => {
      const text = await client.detokenize(model, tokenIds, bounded);
      this.tokenizeCache.keepText(worker, tokenIds, text);
      return text;
    }, signal);
  }

  async renderChat(
    messages: readonly ChatMessage[],
    signal: AbortSignal,
    templateOptions: Record<string, unknown> = {},
  ): Promise<readonly number[]> {
    const body = { messages: [...messages] as VllmMessage[], add_generation_prompt: true, ...templateOptions };
    const { tokens } = await this.route.ask((client, model, _worker, bounded) => client.tokenize({ model, ...body }, bounded), signal);
    return tokens;
  }

  async render(prompt: Prompt, signal: AbortSignal): Promise<readonly number[]> {
    switch (prompt.kind) {
      case 'chat':
        return this.renderChat(prompt.messages, signal, { ...prompt.templateOptions, ...this.toolOptions });
      case 'text': {
        // Verbatim: the tokenizer adds what it adds to every prompt.
        const { tokens } = await this.route.ask(
          (client, model, _worker, bounded) => client.tokenize({ model, prompt: prompt.text }, bounded),
          signal,
        );
        return tokens;
      }
      case 'ids':
        // The worker is asked nothing, but how long its context is must be known.
        await this.route.ask(() => Promise.resolve(), signal);
        return prompt.ids;
    }
  }

  private get toolOptions(): Record<string, unknown> {
    return this.declaredTools.length > 0 ? { tools: this.declaredTools } : {};
  }

  turnSeparator(): null {
    return null;
  }

  private completionBody(worker: WorkerRow, request: GenerationRequest): Record<string, unknown> {
    const { parameters, seed, logprobs } = this.sampling;
    return {
      ...parameters,
      model: this.route.modelNameAt(worker),
      prompt: request.contextIds,
      // Planned for the worker before this one, which may have had a longer context.
      max_tokens: Math.min(request.maxTokens, roomAt(worker, request.contextIds.length)),
      ...(request.stops.length > 0 ? { stop: request.stops } : {}),
      // Nothing is held back by the worker this way; the gateway hides the client's own stop strings.
      include_stop_str_in_output: true,
      return_token_ids: true,
      skip_special_tokens: true,
      ...(seed === null ? {} : { seed }),
      ...(logprobs === null ? {} : { logprobs }),
    };
  }
}

/** Tokens that a worker has left for an answer, if it says so; one at least, for it is the worker that says that its context is full. */
function roomAt({ max_model_len: length }: WorkerRow, contextTokens: number): number {
  return length === null ? Number.POSITIVE_INFINITY : Math.max(1, length - contextTokens);
}

/** Frames that came together are one step; `failure` is set where the engine gave up after it. */
function toStep(chunks: readonly VllmCompletionChunk[]): { readonly step: GenerationStep; readonly failure: string | null } {
  let text = '';
  let end: GenerationEnd | null = null;
  let failure: string | null = null;
  const tokenIds: number[] = [];
  let logprobs: TokenLogprob[] | null = null;
  for (const { choices } of chunks) {
    const [choice] = choices;
    if (!choice || end !== null) continue;
    const ids = choice.token_ids ?? [];
    text += choice.text;
    for (const id of ids) tokenIds.push(id);
    if (choice.logprobs) (logprobs ??= []).push(...toTokenLogprobs(choice.logprobs, ids.length));
    const { finish_reason: reason } = choice;
    if (reason === 'abort' || reason === 'error') failure ??= reason;
    else end = toEnd(reason, choice.stop_reason);
  }
  return { step: { text, tokenIds, logprobs, end }, failure };
}

function toEnd(reason: string | null | undefined, stop: string | number | null | undefined): GenerationEnd | null {
  switch (reason) {
    case null:
    case undefined:
      return null;
    case 'length':
    case 'repetition':
      return { kind: 'length' };
    default:
      // A stop token id (a number) ends a turn as the end of sequence does.
      return typeof stop === 'string' ? { kind: 'stop-string', stop } : { kind: 'end-of-sequence' };
  }
}

function toTokenLogprobs(logprobs: VllmLogprobs, count: number): TokenLogprob[] {
  return Array.from({ length: count }, (_, index) => ({
    token: logprobs.tokens[index] ?? '',
    logprob: logprobs.token_logprobs[index] ?? null,
    top: logprobs.top_logprobs?.[index] ?? null,
  }));
}
