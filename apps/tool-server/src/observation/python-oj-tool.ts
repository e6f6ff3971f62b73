import { ALL_PASSED, extractProgram, OJ_PRELUDE, testCases } from '@interleave/sandbox';
import type { ExtractedProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';
import type { ScriptRunner } from './script-runner';
import { stdinOf } from './stdin-of';

/** Judges a program by test cases, each in a fresh interpreter, up to the first that fails. */
export class PythonOjTool implements ObservationTool {
  readonly name = 'python_oj';
  readonly usage = 'You are able to write and execute Python code securely inside a Firejail sandbox.';

  /** @param overallMs run time that all cases of one program may take together */
  constructor(
    private readonly runner: ScriptRunner,
    private readonly overallMs: number,
  ) {}

  parse(action: string): ExtractedProgram | null {
    return extractProgram(action);
  }

  async run(item: ObservationItem, program: ExtractedProgram, signal: AbortSignal): Promise<Observation> {
    if (item.tests === null) return { observation: '', isDone: true, isValid: true, waitedMs: 0 };
    let leftMs = this.overallMs;
    let waitedMs = 0;
    for (const testCase of testCases(item.tests, program.code, stdinOf(item, program))) {
      const timeoutMs = Math.max(1, Math.min(item.timeoutMs, Math.ceil(leftMs)));
      const run = await this.runner.run({ code: testCase.code, prelude: OJ_PRELUDE, stdin: testCase.stdin, timeoutMs }, signal);
      leftMs -= run.wallMs;
      waitedMs += run.waitedMs;
      const complaint = testCase.judge(run.streams);
      if (complaint !== null) return { observation: complaint, isDone: false, isValid: true, waitedMs };
    }
    return { observation: ALL_PASSED, isDone: true, isValid: true, waitedMs };
  }

  async forget(): Promise<void> {
    // Nothing is kept between calls.
  }
}
