import { toAppError } from '@interleave/kernel';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';

/** Gives each action to the tool it is for. Items run side by side, and fail one by one. */
export class ObservationDispatcher {
  /** @param tools in the order in which they are asked */
  constructor(
    private readonly tools: readonly ObservationTool[],
    private readonly isDoneIfInvalid: boolean,
  ) {}

  async observeAll(items: readonly ObservationItem[], signal: AbortSignal): Promise<Observation[]> {
    const trajectories = new Map<string, TrajectoryItems>();
    for (const { trajectoryId, isFinished, isLastStep } of items) {
      const { pending, isEnding } = trajectories.get(trajectoryId) ?? { pending: 0, isEnding: false };
      trajectories.set(trajectoryId, { pending: pending + 1, isEnding: isEnding || isFinished || isLastStep });
    }
    return Promise.all(
      items.map(async (item) => {
        try {
          return await this.observe(item, signal);
        } finally {
          // What a trajectory has is let go as soon as nothing of it runs any more: others may wait for it.
          const trajectory = trajectories.get(item.trajectoryId);
          if (trajectory) trajectory.pending -= 1;
          if (trajectory?.isEnding && trajectory.pending === 0) await this.forget(item.trajectoryId);
        }
      }),
    );
  }

  private async observe(item: ObservationItem, signal: AbortSignal): Promise<Observation> {
    if (item.isFinished) return FINISHED;
    for (const tool of this.tools) {
      const program = tool.parse(item.action);
      if (!program) continue;
      try {
        return await tool.run(item, program, signal);
      } catch (error) {
        // Nobody reads the answer of a client that went away.
        if (signal.aborted) throw error;
        const failure = `Tool processing failed: ${toAppError(error).message}`;
        return { observation: { obs: '', error: failure, tool_type: tool.name }, isDone: true, isValid: false, waitedMs: 0 };
      }
    }
    const usage = this.tools.map(({ name, usage: text }) => `• ${name}: ${text}`);
    const observation = {
      obs: '',
      invalid_reason: 'No valid tool found for action',
      available_tools: ['Available tools:', ...usage].join('\n'),
    };
    return { observation, isDone: this.isDoneIfInvalid, isValid: false, waitedMs: 0 };
  }

  private async forget(trajectoryId: string): Promise<void> {
    await Promise.all(this.tools.map((tool) => tool.forget(trajectoryId)));
  }
}

interface TrajectoryItems {
  pending: number;
  readonly isEnding: boolean;
}

const FINISHED: Observation = { observation: '', isDone: true, isValid: true, waitedMs: 0 };
