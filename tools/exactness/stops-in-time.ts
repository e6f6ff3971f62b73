import { withoutControlIds } from '@interleave/testing';
import type { CheckingTokenizer } from '@interleave/testing';
import type { WireRound } from './recording-proxy';
import { takenIds } from './taken-ids';
import type { AnswerIds } from './taken-ids';

/**
 * Nothing is generated beyond the token that completes the first stop string, whoever generated its parts.
 * @returns a sentence where that doesn't hold
 */
export async function stopsInTime(answer: AnswerIds, rounds: readonly WireRound[], tokenizer: CheckingTokenizer): Promise<string | null> {
  for (const [place, round] of rounds.entries()) {
    if (round.isContinued) continue;
    const next = rounds.findIndex((other, otherPlace) => otherPlace > place && !other.isContinued);
    // Whoever completes a character is told of no stop strings.
    const stops = new Set(rounds.slice(place, next < 0 ? rounds.length : next).flatMap((part) => part.stops));
    const generated = takenIds(answer, round.promptIds);
    const text = await tokenizer.detokenize(withoutControlIds(generated.slice(0, -1), tokenizer));
    const passed = [...stops].find((stop) => text.includes(stop));
    if (passed !== undefined) return `round ${place + 1} goes on after ${JSON.stringify(passed)}: ${JSON.stringify(text)}`;
  }
  return null;
}
