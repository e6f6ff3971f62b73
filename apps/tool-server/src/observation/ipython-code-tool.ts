import { cellText, wrapObservation } from '@interleave/sandbox';
import type { ExtractedProgram } from '@interleave/sandbox';
import type { CallRecorder } from '../metrics/call-recorder';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';
import type { TrajectorySessions } from './trajectory-sessions';

const RESTARTED = 'The interpreter was restarted since the last call: variables and imports are gone.\n';

/** One interpreter for each trajectory, until it is finished or idle for too long. */
export class IpythonCodeTool implements ObservationTool {
  readonly name = 'ipython_code';
  readonly usage = 'You are able to write and execute Python code in an interpreter that keeps its state between calls.';

  constructor(
    private readonly trajectories: TrajectorySessions,
    private readonly recorder: CallRecorder,
    private readonly timeoutMs: number,
  ) {}

  async run(item: ObservationItem, { code, stdin }: ExtractedProgram, signal: AbortSignal): Promise<Observation> {
    const { session, isReplacement } = await this.trajectories.of(item.trajectoryId, signal);
    const program = { code, stdin: stdin ?? item.stdin, timeoutMs: this.timeoutMs };
    const outcome = await this.recorder.record('observation', () => session.execute(program, signal));
    const text = (isReplacement ? RESTARTED : '') + cellText(outcome, this.timeoutMs / 1000);
    const observation = {
      obs: wrapObservation(item.action, text, 'output'),
      metrics: { code_success: outcome.status === 'ok' ? 1 : 0, code_lines: code.split('\n').length },
      timeout: outcome.status === 'timeout',
    };
    return { observation, isDone: false, isValid: true };
  }

  forget(trajectoryId: string): Promise<void> {
    return this.trajectories.forget(trajectoryId);
  }
}
