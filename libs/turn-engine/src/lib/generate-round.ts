import { isAppError } from '@interleave/kernel';
import type { GenerationEnd, GenerationRequest, GenerationStep, Heard, ModelPort, StepListener } from './ports/model-port';
import { cutAtStop, stopAcrossSeam } from './stop-across-seam';
import type { StopInStep } from './stop-across-seam';
import { TornCharacter } from './torn-character';

/** A worker that dies is replaced this often within one round; then the trouble is not the worker's. */
const MAX_TAKEOVERS = 3;
/** A model that has begun a character and goes on with anything but the rest of it may do so for long. */
const MAX_TORN_TOKENS = 16;

/**
 * One round of generation, whatever happens to the worker in the middle: when it is lost, the round goes on elsewhere from the context
 * and the ids received so far, with what is left of the budget. The listener hears one sequence of steps that ends with `end` set.
 */
export async function generateRound(
  model: ModelPort,
  request: GenerationRequest,
  onStep: StepListener,
  signal: AbortSignal,
): Promise<void> {
  const round = new Round(model, request, onStep, signal);
  for (let takeovers = 0; ; takeovers += 1) {
    try {
      const isOver = takeovers > 0 && (await round.completeCharacter());
      if (!isOver) await round.goOn();
      return;
    } catch (error) {
      const isLost = isAppError(error) && error.code === 'worker_lost';
      if (!isLost || signal.aborted || takeovers === MAX_TAKEOVERS) throw error;
    }
  }
}

class Round {
  private readonly receivedIds: number[] = [];
  private receivedTokens = 0;
  private text = '';

  constructor(
    private readonly model: ModelPort,
    private readonly request: GenerationRequest,
    private readonly onStep: StepListener,
    private readonly signal: AbortSignal,
  ) {}

  /** Generates up to the end of the round. */
  async goOn(): Promise<void> {
    const { request } = this;
    const maxTokens = request.maxTokens - this.receivedTokens;
    const end = this.endSoFar(maxTokens);
    if (end !== null) {
      await this.onStep({ text: '', tokenIds: [], logprobs: null, end });
      return;
    }
    const seam = this.text.length;
    const hear: StepListener = (step) => {
      const across = seam === 0 ? null : stopAcrossSeam(this.text, step, seam, request.stops);
      return across === null ? this.receive(step) : this.endWithin(step, across);
    };
    await this.model.generate({ ...request, contextIds: this.contextIds, maxTokens }, hear, this.signal);
  }

  /**
   * A worker whose prompt ends within a character loses it, or begins its text with the prompt (vLLM, whose decoder waits for a whole one),
   * and finds stop strings in there. So what is missing is generated token by token, and the worker's text for it is not used.
   * @returns whether the round is over with that
   */
  async completeCharacter(): Promise<boolean> {
    const torn = await TornCharacter.find(this.model, this.receivedIds, this.text, this.signal);
    if (torn === null) return false;
    for (let count = 0; count < MAX_TORN_TOKENS && this.receivedTokens < this.request.maxTokens; count += 1) {
      const steps: GenerationStep[] = [];
      const hear: StepListener = (step) => void steps.push(step);
      await this.model.generate({ contextIds: this.contextIds, stops: [], maxTokens: 1 }, hear, this.signal);
      const tokenIds = steps.flatMap((step) => step.tokenIds);
      const logprobs = steps.flatMap((step) => step.logprobs ?? []);
      const end = steps.at(-1)?.end ?? null;
      const text = await torn.add(tokenIds, this.signal);
      const isLast = end?.kind === 'end-of-sequence';
      const heard = await this.receive({
        text: text ?? '',
        tokenIds,
        logprobs: logprobs.length === tokenIds.length ? logprobs : null,
        end: isLast ? end : null,
      });
      if (isLast || heard === 'enough') return true;
      if (text !== null) return false;
    }
    return false;
  }

  /** The worker may have been lost when all but its last word had been said. */
  private endSoFar(tokensLeft: number): GenerationEnd | null {
    const stop = this.request.stops.find((one) => this.text.endsWith(one));
    if (stop !== undefined) return { kind: 'stop-string', stop };
    return tokensLeft < 1 ? { kind: 'length' } : null;
  }

  private get contextIds(): readonly number[] {
    return this.receivedIds.length === 0 ? this.request.contextIds : [...this.request.contextIds, ...this.receivedIds];
  }

  private receive(step: GenerationStep): Heard {
    for (const id of step.tokenIds) this.receivedIds.push(id);
    this.receivedTokens += step.tokenCount ?? step.tokenIds.length;
    this.text += step.text;
    return this.onStep(step);
  }

  /** The end of the round is within this step; what came together with it is not the round's. */
  private async endWithin(step: GenerationStep, stop: StopInStep): Promise<'enough'> {
    await this.receive(await cutAtStop(this.model, step, stop, this.receivedIds, this.signal));
    return 'enough';
  }
}
