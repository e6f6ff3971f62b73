import { isAppError } from '@interleave/kernel';
import { withoutHiddenSpellings } from './control-spelling';
import type { GenerationEnd, GenerationRequest, GenerationStep, Heard, ModelPort, StepListener } from './ports/model-port';
import { TornCharacter } from './torn-character';

/** A worker that dies is replaced this often within one round; then the trouble is not the worker's. */
const MAX_TAKEOVERS = 3;
/** A character is no more tokens than it has bytes. */
const MAX_TOKENS_PER_CHARACTER = 4;
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
      if (takeovers > 0) await round.completeCharacter();
      await round.goOn();
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
  private isOver = false;

  constructor(
    private readonly model: ModelPort,
    private readonly request: GenerationRequest,
    private readonly onStep: StepListener,
    private readonly signal: AbortSignal,
  ) {}

  /** Generates up to the end of the round. */
  async goOn(): Promise<void> {
    if (this.isOver) return;
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
   */
  async completeCharacter(): Promise<void> {
    const torn = await TornCharacter.find(this.model, this.receivedIds, this.text, this.signal);
    if (torn === null) return;
    const maxTokens = Math.min(this.request.maxTokens, this.receivedTokens + MAX_TORN_TOKENS);
    while (this.receivedTokens < maxTokens && !this.isOver) {
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
      this.isOver = isLast || heard === 'enough';
      if (text !== null) return;
    }
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
  private async endWithin(step: GenerationStep, { stop, textLength }: StopInStep): Promise<'enough'> {
    const before = this.receivedIds.slice(-MAX_TOKENS_PER_CHARACTER * stop.length);
    const count = await tokensUpTo(this.model, stop, before, step.tokenIds, this.signal);
    const tokenIds = step.tokenIds.slice(0, count);
    const logprobs = step.logprobs && step.logprobs.slice(0, count);
    await this.receive({ ...step, text: step.text.slice(0, textLength), tokenIds, logprobs, end: { kind: 'stop-string', stop } });
    return 'enough';
  }
}

/** A stop string that is complete in a step. */
interface StopInStep {
  readonly stop: string;
  /** Of the step's text, up to the stop string's end. */
  readonly textLength: number;
}

/** The new worker knows only its own text: a stop string that began at the old one and was completed by the new one is found here. */
function stopAcrossSeam(before: string, { text, end }: GenerationStep, seam: number, stops: readonly string[]): StopInStep | null {
  let earliest: StopInStep | null = null;
  for (const stop of stops) {
    // What begins before the seam is complete so soon after it, or not at all.
    if (before.length - seam >= stop.length - 1) continue;
    const start = Math.max(0, seam - stop.length + 1);
    const at = start + (before.slice(start) + text).indexOf(stop);
    const textLength = at + stop.length - before.length;
    const isAcross = at >= start && at < seam && textLength > 0;
    if (isAcross && (earliest === null || textLength < earliest.textLength)) earliest = { stop, textLength };
  }
  // The worker's text ends with the stop string that it found itself.
  const isLater = earliest?.textLength === text.length && end?.kind === 'stop-string';
  return isLater ? null : earliest;
}

/** Tokens may come together, and the worker didn't know that it had to stop: how many of them it takes to complete the stop string. */
async function tokensUpTo(
  model: ModelPort,
  stop: string,
  before: readonly number[],
  tokenIds: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  for (let count = 1; count < tokenIds.length; count += 1) {
    const text = withoutHiddenSpellings(await model.detokenize([...before, ...tokenIds.slice(0, count)], signal));
    if (text.includes(stop)) return count;
  }
  return tokenIds.length;
}
