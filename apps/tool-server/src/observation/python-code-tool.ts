import { PRE_IMPORTS, scriptText, wrapObservation } from '@interleave/sandbox';
import type { ExtractedProgram } from '@interleave/sandbox';
import type { CallRecorder } from '../metrics/call-recorder';
import type { SessionRegistry } from '../sessions/session-registry';
import type { ObservationItem } from './observation-item';
import type { Observation, ObservationTool } from './observation-tool';

/** A batch may be larger than the pool: its items wait for each other, and end with the request if the client gives up. */
const QUEUE_TIMEOUT_MS = 15 * 60_000;

/** A fresh interpreter for each program: a session of one call. */
export class PythonCodeTool implements ObservationTool {
  readonly name = 'python_code';
  readonly usage = 'You are able to write and execute Python code securely inside a Docker sandbox.';

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly recorder: CallRecorder,
    private readonly timeoutMs: number,
  ) {}

  async run(item: ObservationItem, { code, stdin }: ExtractedProgram, signal: AbortSignal): Promise<Observation> {
    const session = await this.sessions.open(QUEUE_TIMEOUT_MS, signal);
    try {
      await session.execute({ code: PRE_IMPORTS, stdin: null, timeoutMs: this.timeoutMs }, signal);
      const program = { code, stdin: stdin ?? item.stdin, timeoutMs: this.timeoutMs };
      const outcome = await this.recorder.record('observation', () => session.execute(program, signal));
      // The program is a script here, and the imports before it are none of its business.
      const text = scriptText(outcome, this.timeoutMs / 1000).replaceAll(`File "<cell ${outcome.call}>"`, 'File "main.py"');
      return { observation: wrapObservation(item.action, text, 'result'), isDone: false, isValid: true };
    } finally {
      await this.sessions.close(session.id);
    }
  }

  async forget(): Promise<void> {
    // Nothing is kept between calls.
  }
}
