import type { Exchange } from '@interleave/platform';
import type { OutputListener } from '@interleave/sandbox';
import type { CallRecorder, CallSurface } from '../metrics/call-recorder';
import type { Program, Session } from '../sessions/session';
import { streamExecution } from './stream-execution';
import { toExecutionResult } from './to-execution-result';

/** Runs a program in a session and answers with what comes of it: at once, or while it runs if the client asks for events. */
export class CallAnswerer {
  constructor(private readonly recorder: CallRecorder) {}

  async answer(exchange: Exchange, surface: CallSurface, session: Session, program: Program): Promise<void> {
    const run = async (onOutput?: OutputListener) =>
      toExecutionResult(await this.recorder.record(surface, () => session.execute(program, exchange.signal, onOutput)));
    if (exchange.wantsEvents) await streamExecution(exchange, run);
    else exchange.sendJson(200, await run());
  }
}
