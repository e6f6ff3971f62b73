import { cellText, EMPTY_CELL, extractCell, wrapCellObservation } from '@interleave/sandbox';
import type { CellText, ExtractedProgram } from '@interleave/sandbox';
import type { CallRecorder } from '../metrics/call-recorder';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';
import { stdinOf } from './stdin-of';
import type { TrajectorySessions } from './trajectory-sessions';

const RESTARTED = '\nPython was restarted: variables and imports of earlier calls are gone.';

/** One interpreter for each trajectory, until it is finished or idle for too long. */
export class IpythonCodeTool implements ObservationTool {
  readonly name = 'ipython_code';
  readonly usage = 'You are able to write and execute Python code using IPython with persistent state across executions.';

  constructor(
    private readonly trajectories: TrajectorySessions,
    private readonly recorder: CallRecorder,
  ) {}

  parse(action: string): ExtractedProgram | null {
    return extractCell(action);
  }

  async run(item: ObservationItem, program: ExtractedProgram, signal: AbortSignal): Promise<Observation> {
    const { text, isSuccess, waitedMs } = await this.execute(item, program, signal);
    const observation = {
      obs: wrapCellObservation(item.action, text),
      metrics: { code_success: isSuccess, code_lines: program.code.split('\n').length },
      timeout: text.toLowerCase().includes('execution time out'),
    };
    return { observation, isDone: false, isValid: true, waitedMs };
  }

  forget(trajectoryId: string): Promise<void> {
    return this.trajectories.forget(trajectoryId);
  }

  private async execute(
    item: ObservationItem,
    program: ExtractedProgram,
    signal: AbortSignal,
  ): Promise<CellText & { readonly waitedMs: number }> {
    if (program.code === '') return { ...EMPTY_CELL, waitedMs: 0 };
    const startedAtMs = performance.now();
    const { code } = program;
    const call = { code, stdin: stdinOf(item, program) || null, timeoutMs: item.timeoutMs };
    const { session, isReplacement } = await this.trajectories.of(item.trajectoryId, signal);
    const outcome = await this.recorder.record('observation', () => session.execute(call, signal));
    const waitedMs = performance.now() - startedAtMs - outcome.wallMs;
    const { text, isSuccess } = cellText(outcome, item.timeoutMs / 1000);
    // What this call itself did to the state is told already.
    const note = isReplacement && outcome.state === 'kept' ? RESTARTED : '';
    return { text: text + note, isSuccess, waitedMs };
  }
}
