import type { VllmCompletionChunk, VllmLogprobs, VllmMessage, WorkerRow } from '@interleave/contracts';
import { AppError, isAppError } from '@interleave/kernel';
import type { ChatMessage, GenerationEnd, GenerationRequest, GenerationStep, TokenLogprob } from '@interleave/turn-engine';
import type { Dispatcher } from 'undici';
import { VllmClient } from '../workers/vllm-client';
import type { WorkerDirectory } from '../workers/worker-directory';
import type { Prompt } from './completion-job';
import type { JobModel } from './job-model';
import type { TokenizeCache } from './tokenize-cache';

/** Where a worker does not say how long its context is. */
const ASSUMED_CONTEXT_TOKENS = 4096;
const MAX_ATTEMPTS = 3;

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
  private workerId: string | null = null;
  private contextTokens = ASSUMED_CONTEXT_TOKENS;

  constructor(
    private readonly directory: WorkerDirectory,
    private readonly dispatcher: Dispatcher,
    private readonly model: string,
    private readonly sampling: Sampling,
    private readonly tokenizeCache: TokenizeCache,
    /** Functions that the chat template is told of. */
    private readonly declaredTools: readonly unknown[] = [],
  ) {}

  get maxContextTokens(): number {
    return this.contextTokens;
  }

  declaring(tools: readonly unknown[]): TrajectoryModel {
    return new TrajectoryModel(this.directory, this.dispatcher, this.model, this.sampling, this.tokenizeCache, tools);
  }

  /** The same worker, so that a prompt that was rendered once for many trajectories is known to each. */
  forTrajectory(sampling: Sampling): TrajectoryModel {
    const copy = new TrajectoryModel(this.directory, this.dispatcher, this.model, sampling, this.tokenizeCache);
    copy.contextTokens = this.contextTokens;
    return copy;
  }

  async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationStep, void, undefined> {
    const lease = await this.directory.acquire(this.model, this.workerId, signal);
    this.adopt(lease.worker);
    let outcome: 'done' | 'failed' = 'done';
    let last: GenerationStep | null = null;
    try {
      for await (const chunk of this.clientOf(lease.worker).streamCompletion(this.completionBody(lease.worker, request), signal)) {
        const step: GenerationStep | null = last === null ? toStep(chunk) : null;
        if (step === null) continue;
        if (step.end) last = step;
        else yield step;
        const reason = chunk.choices[0]?.finish_reason;
        if (reason === 'abort' || reason === 'error')
          throw new AppError('worker_lost', `The worker gave up (${reason}).`, { isRetryable: true });
      }
      if (last === null) throw new AppError('worker_lost', 'The worker ended its answer without saying why.', { isRetryable: true });
    } catch (error) {
      if (isAppError(error) && error.code === 'worker_lost') outcome = 'failed';
      // A worker lost after its last word has said everything.
      if (last === null || outcome !== 'failed') throw error;
    } finally {
      lease.release(outcome);
    }
    yield last;
  }

  async tokenize(text: string, signal: AbortSignal): Promise<readonly number[]> {
    return this.ask(
      (client, model, worker) =>
        this.tokenizeCache.get(worker, text, async () => {
          const { tokens } = await client.tokenize({ model, prompt: text, add_special_tokens: false }, signal);
          return tokens;
        }),
      signal,
    );
  }

  async detokenize(tokenIds: readonly number[], signal: AbortSignal): Promise<string> {
    return this.ask((client, model) => client.detokenize(model, tokenIds, signal), signal);
  }

  async renderChat(
    messages: readonly ChatMessage[],
    signal: AbortSignal,
    templateOptions: Record<string, unknown> = {},
  ): Promise<readonly number[]> {
    const body = { messages: [...messages] as VllmMessage[], add_generation_prompt: true, ...templateOptions };
    const { tokens } = await this.ask((client, model) => client.tokenize({ model, ...body }, signal), signal);
    return tokens;
  }

  async render(prompt: Prompt, signal: AbortSignal): Promise<readonly number[]> {
    switch (prompt.kind) {
      case 'chat':
        return this.renderChat(prompt.messages, signal, { ...prompt.templateOptions, ...this.toolOptions });
      case 'text': {
        // Verbatim: the tokenizer adds what it adds to every prompt.
        const { tokens } = await this.ask((client, model) => client.tokenize({ model, prompt: prompt.text }, signal), signal);
        return tokens;
      }
      case 'ids':
        // The worker is asked nothing, but how long its context is must be known.
        await this.ask(() => Promise.resolve(), signal);
        return prompt.ids;
    }
  }

  private get toolOptions(): Record<string, unknown> {
    return this.declaredTools.length > 0 ? { tools: this.declaredTools } : {};
  }

  turnSeparator(): null {
    return null;
  }

  private async ask<Answer>(
    question: (client: VllmClient, model: string, worker: WorkerRow) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const lease = await this.directory.acquire(this.model, this.workerId, signal);
      this.adopt(lease.worker);
      try {
        const answer = await question(this.clientOf(lease.worker), lease.worker.served_names[0] ?? this.model, lease.worker);
        lease.release('done');
        return answer;
      } catch (error) {
        const isLost = isAppError(error) && error.code === 'worker_lost';
        lease.release(isLost ? 'failed' : 'done');
        if (!isLost || signal.aborted || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  private adopt(worker: WorkerRow): void {
    this.workerId = worker.id;
    this.contextTokens = worker.max_model_len ?? ASSUMED_CONTEXT_TOKENS;
  }

  private clientOf(worker: WorkerRow): VllmClient {
    return new VllmClient({ url: worker.url, apiKey: worker.api_key }, this.dispatcher);
  }

  private completionBody(worker: WorkerRow, request: GenerationRequest) {
    const { parameters, seed, logprobs } = this.sampling;
    return {
      ...parameters,
      model: worker.served_names[0] ?? this.model,
      prompt: request.contextIds,
      max_tokens: request.maxTokens,
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

function toStep(chunk: VllmCompletionChunk): GenerationStep | null {
  const choice = chunk.choices[0];
  if (!choice) return null;
  const { finish_reason: reason, stop_reason: stop } = choice;
  const tokenIds = choice.token_ids ?? [];
  return {
    text: choice.text,
    tokenIds,
    logprobs: choice.logprobs ? toTokenLogprobs(choice.logprobs, tokenIds.length) : null,
    end: toEnd(reason, stop),
  };
}

function toEnd(reason: string | null, stop: string | number | null | undefined): GenerationEnd | null {
  switch (reason) {
    case null:
    case undefined:
    case 'abort':
    case 'error':
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
