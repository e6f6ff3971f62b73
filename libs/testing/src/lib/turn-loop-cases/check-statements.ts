import { contextGrows, maskIsExact, textIsDecoding } from './token-statements';
import { segmentsOf, withoutControlIds } from './trajectory-evidence';
import type { CheckingTokenizer, TrajectoryEvidence } from './trajectory-evidence';

/** What must be known of an answer for the three statements of token accounting. */
export interface StatedTrajectory extends Pick<TrajectoryEvidence, 'text' | 'stopCause' | 'promptIds' | 'ids' | 'mask' | 'userStops'> {
  /** What the workers were asked and what they sent, in order. */
  readonly rounds: NonNullable<TrajectoryEvidence['rounds']>;
}

/** P1, P2 and P3 of an answer that no golden vector foresaw: a sentence for each that doesn't hold, null for each that does. */
export async function checkStatements(
  trajectory: StatedTrajectory,
  tokenizer: CheckingTokenizer,
): Promise<{ readonly P1: string | null; readonly P2: string | null; readonly P3: string | null }> {
  const evidence: TrajectoryEvidence = {
    ...trajectory,
    segments: segmentsOf(trajectory.ids, trajectory.mask),
    decoded: await tokenizer.detokenize(withoutControlIds(trajectory.ids, tokenizer)),
    tokenizer,
    maxModelLen: null,
  };
  return { P1: contextGrows(evidence), P2: await textIsDecoding(evidence), P3: maskIsExact(evidence) };
}
