import type { VllmCompletionChunk, VllmLogprobs, VllmMessage, WorkerRow } from '@interleave/contracts';
import type { ChatMessage, GenerationEnd, GenerationRequest, GenerationStep, ModelPort, TokenLogprob } from '@interleave/turn-engine';
import { PrefixChain } from '@interleave/worker-routing';
import { CompletionStream } from '../workers/completion-stream';
import { VllmClient } from '../workers/vllm-client';
import type { WorkerLease, WorkerWish } from '../workers/worker-directory';
import { WorkerLostError } from '../workers/worker-lost';
import type { WorkerFault } from '../workers/worker-lost';
import type { WorkerRouting } from '../workers/worker-routing';
import type { TokenizeCache } from './tokenize-cache';

/** Where a worker does not say how long its context is. */
const ASSUMED_CONTEXT_TOKENS = 4096;
const MAX_ATTEMPTS = 3;
/** A worker that failed a trajectory is asked by it again after this, if there is no other one. */
const AVOID_MS = 500;

/** Sampling of one trajectory: sent with every round. */
export interface Sampling {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number | null;
  /** Top logprobs per token; null: none at all. */
  readonly logprobs: number | null;
}

/** The model of one trajectory: the worker it is on, and the next one when that one is lost. */
export class TrajectoryModel implements ModelPort {
  /** Where the last round ran: its context is cached there. */
  private workerId: string | null = null;
  private readonly prefixes = new PrefixChain();
  private readonly avoidUntilMs = new Map<string, number>();
  private contextTokens = ASSUMED_CONTEXT_TOKENS;

  constructor(
    private readonly routing: WorkerRouting,
    private readonly model: string,
    private readonly sampling: Sampling,
    private readonly tokenizeCache: TokenizeCache,
  ) {}

  get maxContextTokens(): number {
    return this.contextTokens;
  }

  /** The same worker, so that a prompt that was rendered once for many trajectories is known to each. */
  forTrajectory(sampling: Sampling): TrajectoryModel {
    const copy = new TrajectoryModel(this.routing, this.model, sampling, this.tokenizeCache);
    copy.contextTokens = this.contextTokens;
    return copy;
  }

  async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationStep, void, undefined> {
    const context = { tokens: request.contextIds.length, hashes: this.prefixes.extend(request.contextIds) };
    const deadlineMs = this.routing.directory.waitDeadlineMs();
    for (;;) {
      const lease = await this.acquire(context, deadlineMs, signal);
      this.workerId = lease.worker.id;
      try {
        yield* this.generateAt(lease, request, signal);
        this.avoidUntilMs.clear();
        return;
      } catch (error) {
        if (!(error instanceof WorkerLostError) || signal.aborted) throw error;
        this.avoid(lease.worker, error);
        // Nobody has begun with it: the next one is asked without ado, until one takes it or the time is over.
        if (!error.wasNotBegun) throw error;
      }
    }
  }

  private async *generateAt(
    lease: WorkerLease,
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationStep, void, undefined> {
    const { directory, watch } = this.routing;
    const stream = new CompletionStream('/v1/completions', () => directory.nowMs(), signal, lease.answered);
    const unwatch = watch.add(stream, lease.worker);
    let fault: WorkerFault | null = null;
    try {
      this.clientOf(lease.worker).streamCompletion(this.completionBody(lease.worker, request), stream);
      for (let chunks = await stream.next(); chunks !== null; chunks = await stream.next()) {
        const { step, failure } = toStep(chunks);
        if (step.end !== null || step.text !== '' || step.tokenIds.length > 0) yield step;
        // What a worker does after its last word is of no interest.
        if (step.end !== null) return;
        if (failure !== null) throw new WorkerLostError('broken', `The worker gave up (${failure}).`);
      }
      throw new WorkerLostError('broken', 'The worker ended its answer without saying why.');
    } catch (error) {
      if (error instanceof WorkerLostError) ({ fault } = error);
      throw error;
    } finally {
      unwatch();
      stream.close();
      lease.release(fault);
    }
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

  /** A text prompt verbatim: the tokenizer adds what it adds to every prompt. */
  async tokenizePrompt(prompt: string, signal: AbortSignal): Promise<readonly number[]> {
    const { tokens } = await this.ask((client, model) => client.tokenize({ model, prompt }, signal), signal);
    return tokens;
  }

  /** Makes sure that the context length is known, for prompts that come as ids. */
  async connect(signal: AbortSignal): Promise<void> {
    await this.ask(() => Promise.resolve(), signal);
  }

  private async ask<Answer>(
    question: (client: VllmClient, model: string, worker: WorkerRow) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const deadlineMs = this.routing.directory.waitDeadlineMs();
    for (let attempt = 1; ;) {
      const lease = await this.acquire(null, deadlineMs, signal);
      try {
        const answer = await question(this.clientOf(lease.worker), lease.worker.served_names[0] ?? this.model, lease.worker);
        lease.answered();
        lease.release(null);
        return answer;
      } catch (error) {
        const isLost = error instanceof WorkerLostError;
        lease.release(isLost ? error.fault : null);
        if (!isLost || signal.aborted) throw error;
        this.avoid(lease.worker, error);
        if (!error.wasNotBegun && (attempt += 1) > MAX_ATTEMPTS) throw error;
      }
    }
  }

  private async acquire(context: WorkerWish['context'], deadlineMs: number, signal: AbortSignal): Promise<WorkerLease> {
    const { model, workerId: ownWorkerId, avoidUntilMs } = this;
    const lease = await this.routing.directory.acquire({ model, ownWorkerId, context, avoidUntilMs, deadlineMs }, signal);
    this.contextTokens = lease.worker.max_model_len ?? ASSUMED_CONTEXT_TOKENS;
    return lease;
  }

  private avoid(worker: WorkerRow, { retryAfterMs }: WorkerLostError): void {
    this.avoidUntilMs.set(worker.id, this.routing.directory.nowMs() + (retryAfterMs ?? AVOID_MS));
  }

  private clientOf(worker: WorkerRow): VllmClient {
    return new VllmClient({ url: worker.url, apiKey: worker.api_key }, this.routing.dispatcher);
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
