import { AppError, isAppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import { AnswerText } from './answer-text';
import { ContinuousBatcher } from './batching/continuous-batcher';
import type { BatcherLoad } from './batching/continuous-batcher';
import type { GenerationJob } from './batching/generation-job';
import { ChatTemplate } from './chat-template';
import type { ChatRendering } from './chat-template';
import type { EngineObserver } from './engine-observer';
import { Generation } from './generation';
import type { GenerationRequest } from './generation-request';
import type { LanguageModel, ModelFacts } from './language-model';

/** Tokenizes, renders and generates with one model, several answers at once. */
export class InferenceEngine {
  private readonly batcher: ContinuousBatcher;
  private readonly template: ChatTemplate;

  constructor(
    private readonly model: LanguageModel,
    private readonly maxWaiting: number,
    private readonly clock: Clock,
    private readonly observer: EngineObserver,
  ) {
    this.batcher = new ContinuousBatcher(model.decoder, maxWaiting);
    this.template = new ChatTemplate(model.facts);
  }

  get facts(): ModelFacts {
    return this.model.facts;
  }

  /** Answers that can be running at once. */
  get maxRunning(): number {
    return this.model.decoder.sequenceCount;
  }

  /** Answers that can be running or waiting at once. */
  get maxAnswers(): number {
    return this.maxRunning + this.maxWaiting;
  }

  /** Tokens that the cache holds at most. */
  get cacheTokens(): number {
    return this.model.decoder.sequenceCount * this.facts.maxModelLen;
  }

  get vocabularySize(): number {
    return this.model.tokenizer.vocabularySize;
  }

  get endOfSequenceIds(): readonly number[] {
    return this.model.tokenizer.endOfSequenceIds;
  }

  get load(): BatcherLoad {
    return this.batcher.load;
  }

  /** Why nothing can be generated any more, or null. */
  get deadBecause(): AppError | null {
    return this.batcher.deadBecause;
  }

  tokenize(text: string, addSpecialTokens: boolean): number[] {
    return this.model.tokenizer.encode(text, addSpecialTokens);
  }

  /**
   * Of a text that has to fit the context: one that can't is refused before the tokenizer holds up everybody else with it.
   * @throws AppError `context_length_exceeded`
   */
  tokenizePrompt(text: string, addSpecialTokens: boolean): number[] {
    const { maxModelLen } = this.facts;
    const mostCharacters = maxModelLen * this.model.tokenizer.longestToken;
    if (text.length <= mostCharacters) return this.tokenize(text, addSpecialTokens);
    throw new AppError(
      'context_length_exceeded',
      `This model's maximum context length is ${maxModelLen} tokens. However, your prompt contains ${text.length} characters, more than ` +
        `${maxModelLen} tokens can stand for (${mostCharacters}). Please reduce the length of the input prompt.`,
      { param: 'prompt' },
    );
  }

  detokenize(ids: readonly number[], options = { skipSpecialTokens: false }): string {
    return this.model.tokenizer.decode(ids, options);
  }

  /** Messages through the model's own chat template. @throws AppError `invalid_request` */
  render(rendering: ChatRendering): string {
    return this.template.render(rendering);
  }

  /**
   * Starts all of the answers or none; they stop when the signal aborts.
   * @throws AppError `worker_busy`, `worker_lost`
   */
  generate(requests: readonly GenerationRequest[], signal: AbortSignal): Generation[] {
    const started = requests.map((request) => this.prepare(request, signal));
    this.batcher.submit(started.map(({ job }) => job));
    return started.map(({ generation }) => generation);
  }

  /** Nest calls it once HTTP is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close(new AppError('draining', 'The worker is shutting down.'));
    await this.model.close();
  }

  private prepare(request: GenerationRequest, signal: AbortSignal): { readonly generation: Generation; readonly job: GenerationJob } {
    const submittedMs = this.clock.nowMs();
    const answer = new AnswerText(request, this.model.tokenizer);
    const generation = new Generation(request);
    const elapsedMs = () => this.clock.nowMs() - submittedMs;
    const finished = (reason: 'stop' | 'length' | 'abort' | 'error') =>
      this.observer.finished({ reason, totalMs: elapsedMs(), generatedTokens: generation.generatedTokens });
    const job: GenerationJob = {
      promptTokenIds: request.promptTokenIds,
      sampling: request.sampling,
      signal,
      onStart: (cachedTokens) => {
        generation.cachedTokens = cachedTokens;
        this.observer.promptStarted(request.promptTokenIds.length, cachedTokens, elapsedMs());
      },
      onToken: (token) => {
        const step = answer.push(token);
        this.observer.tokenGenerated();
        if (generation.generatedTokens === 0) this.observer.firstToken(elapsedMs());
        generation.push(step);
        if (step.finish) finished(step.finish.reason);
        return step.finish === null;
      },
      deliver: () => generation.deliver(),
      onError: (error) => {
        generation.fail(error);
        finished(isAppError(error) && (error.code === 'cancelled' || error.code === 'draining') ? 'abort' : 'error');
      },
    };
    return { generation, job };
  }
}
