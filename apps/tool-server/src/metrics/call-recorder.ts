import { isAppError } from '@interleave/kernel';
import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Log } from '../log';
import type { NumberedOutcome } from '../sessions/session';

/** Which part of the API asked for a program run. */
export type CallSurface = 'session' | 'execution' | 'observation';

/** Counts and times every program run, and logs one line for each. */
export class CallRecorder {
  private readonly calls: Counter<'surface' | 'status'>;
  private readonly wallSeconds: Histogram<'status'>;
  private readonly waitSeconds: Histogram;

  constructor(
    registry: Registry,
    private readonly log: Log,
  ) {
    this.calls = new Counter({
      name: 'interleave_tool_calls_total',
      help: 'Programs run, by API surface and outcome (an error code when there was none)',
      labelNames: ['surface', 'status'],
      registers: [registry],
    });
    this.wallSeconds = new Histogram({
      name: 'interleave_tool_call_seconds',
      help: 'Time a program ran',
      labelNames: ['status'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers: [registry],
    });
    this.waitSeconds = new Histogram({
      name: 'interleave_tool_call_wait_seconds',
      help: 'Time between the arrival of a call and its start, plus the way back',
      buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers: [registry],
    });
  }

  async record(surface: CallSurface, run: () => Promise<NumberedOutcome>): Promise<NumberedOutcome> {
    const startedAtMs = performance.now();
    try {
      const outcome = await run();
      this.calls.inc({ surface, status: outcome.status });
      this.wallSeconds.observe({ status: outcome.status }, outcome.wallMs / 1000);
      this.waitSeconds.observe(Math.max(0, performance.now() - startedAtMs - outcome.wallMs) / 1000);
      this.log.info({
        event: 'tool-call',
        surface,
        call: outcome.call,
        status: outcome.status,
        state: outcome.state,
        wall_ms: outcome.wallMs,
        cpu_ms: outcome.cpuMs,
        total_ms: Math.round(performance.now() - startedAtMs),
        error_type: outcome.error?.type ?? null,
        output_chars: outcome.output.length,
      });
      return outcome;
    } catch (error) {
      this.calls.inc({ surface, status: isAppError(error) ? error.code : 'internal' });
      throw error;
    }
  }
}
