import type { ExecutionResult } from '@interleave/contracts';
import type { NumberedOutcome } from './session';

/** Domain → wire. */
export function toExecutionResult(outcome: NumberedOutcome): ExecutionResult {
  const { status, state, call, stdout, stderr, output, value, error, exit, dropped } = outcome;
  return {
    status,
    state,
    call,
    stdout,
    stderr,
    output,
    value,
    error,
    exit,
    truncated: { stdout_bytes: dropped.stdoutBytes, stderr_bytes: dropped.stderrBytes },
    wall_ms: outcome.wallMs,
    cpu_ms: outcome.cpuMs,
    peak_memory_bytes: outcome.peakMemoryBytes,
  };
}
