import type { ChatTurnSeparator, ModelPort } from '@interleave/turn-engine';
import type { Prompt } from './completion-job';
import type { Sampling } from './trajectory-model';

/** The model of a job: renders its prompts, and makes one of its kind for each trajectory. */
export interface JobModel extends ModelPort {
  /** Whether the ids are the model's own: only then are they of use to anybody else. */
  readonly speaksTokenIds: boolean;
  render(prompt: Prompt, signal: AbortSignal): Promise<readonly number[]>;
  forTrajectory(sampling: Sampling): JobModel;
  /** What stands between turns where that is not in the chat template; null: it is. */
  turnSeparator(role: string): ChatTurnSeparator | null;
}
