import { toAppError } from '@interleave/kernel';
import { extractProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';

/** Gives each action to the tool it is for. Items run side by side, and fail one by one. */
export class ObservationDispatcher {
  constructor(
    private readonly tools: readonly ObservationTool[],
    private readonly isDoneIfInvalid: boolean,
  ) {}

  observeAll(items: readonly ObservationItem[], signal: AbortSignal): Promise<Observation[]> {
    return Promise.all(items.map((item) => this.observe(item, AbortSignal.any([signal]))));
  }

  private async observe(item: ObservationItem, signal: AbortSignal): Promise<Observation> {
    try {
      const observation = item.isFinished ? FINISHED : await this.act(item, signal);
      if (item.isFinished || item.isLastStep) await Promise.all(this.tools.map((tool) => tool.forget(item.trajectoryId)));
      return observation;
    } catch (error) {
      // Nobody reads the answer of a client that went away.
      if (signal.aborted) throw error;
      const { message } = toAppError(error);
      const [tool] = this.tools;
      return { observation: { obs: '', error: `Tool processing failed: ${message}`, tool_type: tool?.name }, isDone: true, isValid: false };
    }
  }

  private act(item: ObservationItem, signal: AbortSignal): Observation | Promise<Observation> {
    // All tools of today look for Python in the same forms, so the first one takes it.
    const program = extractProgram(item.action);
    const [tool] = this.tools;
    if (program && tool) return tool.run(item, program, signal);
    const usage = this.tools.map(({ name, usage: text }) => `• ${name}: ${text}`).join('\n');
    const observation = { obs: '', invalid_reason: 'No valid tool found for action', available_tools: `Available tools:\n${usage}` };
    return { observation, isDone: this.isDoneIfInvalid, isValid: false };
  }
}

const FINISHED: Observation = { observation: '', isDone: true, isValid: true };
