import { AppError } from '@interleave/kernel';
import { FakeTokenizer } from '@interleave/testing';
import * as fc from 'fast-check';
import { generateRound } from './generate-round';
import type { GenerationRequest, GenerationStep, Heard, ModelPort, StepListener } from './ports/model-port';

const STOP = '```output';
const SAID = `Für 5 €:\n\`\`\`python\nprint("${'```'} 😀")\n\`\`\`\n${STOP}`;
const BEYOND = 'output\nand more';
const PROMPT_IDS = [7, 8, 9];
const tokenizer = new FakeTokenizer();

/**
 * Workers that go on with one text wherever they are asked, and look for stop strings in what they generate themselves. As with vLLM, what one
 * generates after half a character is shown with all that went before, where its decoder has waited for the other half.
 */
class SeveralWorkers implements Pick<ModelPort, 'generate' | 'detokenize'> {
  private lost = 0;

  /** @param courses of each worker: after how many tokens it is lost, how many of them come together, and whether why it ended comes apart */
  constructor(
    private readonly ids: readonly number[],
    private readonly courses: readonly { readonly lostAfter: number | null; readonly tokensPerStep: number; readonly endsApart: boolean }[],
  ) {}

  async generate({ contextIds, stops, maxTokens }: GenerationRequest, onStep: StepListener): Promise<void> {
    const course = this.courses[this.lost];
    if (!course) throw new Error('more workers were asked than there are');
    const own = [...this.ids.slice(contextIds.length - PROMPT_IDS.length), tokenizer.eosId].slice(0, maxTokens);
    const isTorn = tokenizer.decodeVisible(contextIds).endsWith('\uFFFD');
    const alive = own.slice(0, course.lostAfter ?? own.length);
    let shown = 0;
    for (let from = 0; from < alive.length;) {
      let end: GenerationStep['end'] = null;
      let upTo = from;
      let text = '';
      while (upTo < Math.min(alive.length, from + course.tokensPerStep) && end === null) {
        upTo += 1;
        const waiting = isTorn ? [...contextIds, ...alive.slice(0, upTo)] : alive.slice(0, upTo);
        text = tokenizer.decodeVisible(waiting).replace(/\uFFFD+$/, '');
        if (isTorn && tokenizer.decodeVisible(waiting).endsWith('\uFFFD')) text = '';
        const stop = stops.find((one) => text.includes(one));
        if (stop) end = { kind: 'stop-string', stop };
        else if (alive[upTo - 1] === tokenizer.eosId) end = { kind: 'end-of-sequence' };
        else if (upTo === maxTokens) end = { kind: 'length' };
      }
      const tokenIds = alive.slice(from, upTo);
      const logprobs = tokenIds.map((id) => ({ token: String(id), logprob: -1, top: null }));
      const hasLastWord = end !== null && course.endsApart;
      const heard = await onStep({ text: text.slice(shown), tokenIds, logprobs, end: hasLastWord ? null : end });
      if (heard === 'enough') return;
      if (hasLastWord && course.lostAfter === upTo) break;
      if (hasLastWord) await onStep({ text: '', tokenIds: [], logprobs: [], end });
      if (end !== null) return;
      shown = text.length;
      from = upTo;
    }
    this.lost += 1;
    throw new AppError('worker_lost', 'The worker died.', { isRetryable: true });
  }

  detokenize(ids: readonly number[]): Promise<string> {
    return Promise.resolve(tokenizer.decode(ids));
  }
}

/** The stop string in one token, and in as many as it has characters. */
const SPLITS = [
  tokenizer.encode(SAID),
  [...tokenizer.encode(SAID.slice(0, -STOP.length)), ...[...STOP].flatMap((one) => tokenizer.encode(one))],
];

const course = fc.record({
  split: fc.constantFrom(...SPLITS),
  losses: fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
  tokensPerStep: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 4, maxLength: 4 }),
  endsApart: fc.boolean(),
  isListenerSlow: fc.boolean(),
});

describe('a round', () => {
  it('ends with the token that completes the stop string, whichever workers generated its parts and however many tokens came together', async () => {
    await fc.assert(
      fc.asyncProperty(course, async ({ split, losses, tokensPerStep, endsApart, isListenerSlow }) => {
        const model = new SeveralWorkers(
          [...split, ...tokenizer.encode(BEYOND)],
          tokensPerStep.map((count, place) => ({ lostAfter: losses[place] ?? null, tokensPerStep: count, endsApart })),
        );
        const steps: GenerationStep[] = [];
        const listener = (step: GenerationStep): Heard => {
          steps.push(step);
          return isListenerSlow ? Promise.resolve() : undefined;
        };
        const request = { contextIds: PROMPT_IDS, stops: [STOP, 'never'], maxTokens: 200 };

        await generateRound(model as unknown as ModelPort, request, listener, new AbortController().signal);

        const told = steps.flatMap(({ tokenIds }) => tokenIds);
        expect(steps.map(({ text }) => text).join('')).toBe(SAID);
        // A worker that was in time finds it in its own tokens; what came together with it is not the round's.
        expect(told).toEqual(split);
        expect(steps.flatMap(({ logprobs }) => logprobs?.map(({ token }) => Number(token)) ?? [])).toEqual(split);
        expect(steps.filter(({ end }) => end !== null)).toEqual([steps.at(-1)]);
        expect(steps.at(-1)?.end).toEqual({ kind: 'stop-string', stop: STOP });
      }),
      { numRuns: 2000 },
    );
  });
});
