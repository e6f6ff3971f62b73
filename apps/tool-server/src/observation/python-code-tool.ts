import { extractProgram, SCRIPT_PRELUDE, scriptText, wrapObservation } from '@interleave/sandbox';
import type { ExtractedProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';
import type { ScriptRunner } from './script-runner';
import { stdinOf } from './stdin-of';

/** A fresh interpreter for each program. */
export class PythonCodeTool implements ObservationTool {
  readonly name = 'python_code';
  readonly usage = 'You are able to write and execute Python code securely inside a Firejail sandbox.';

  constructor(private readonly runner: ScriptRunner) {}

  parse(action: string): ExtractedProgram | null {
    return extractProgram(action);
  }

  async run(item: ObservationItem, program: ExtractedProgram, signal: AbortSignal): Promise<Observation> {
    const { code } = program;
    const script = { code, prelude: SCRIPT_PRELUDE, stdin: stdinOf(item, program), timeoutMs: item.timeoutMs };
    const { streams, waitedMs } = await this.runner.run(script, signal);
    return { observation: wrapObservation(item.action, scriptText(streams)), isDone: false, isValid: true, waitedMs };
  }

  async forget(): Promise<void> {
    // Nothing is kept between calls.
  }
}
