import type { ExecutionResult } from '@interleave/contracts';
import type { NumberedOutcome } from '../sessions/session';

/** Domain → wire. */
export function toExecutionResult(outcome: NumberedOutcome): ExecutionResult {
  const { status, state, restoredCell, call, stdout, stderr, output, value, error, images, exit, dropped } = outcome;
  return {
    status,
    state,
    restored_call: restoredCell,
    call,
    stdout,
    stderr,
    output,
    value,
    error,
    images: images.map(({ width, height, data }) => ({ media_type: 'image/png', width, height, data })),
    exit,
    truncated: { stdout_bytes: dropped.stdoutBytes, stderr_bytes: dropped.stderrBytes },
    wall_ms: outcome.wallMs,
    queued_ms: outcome.queuedMs,
    cpu_ms: outcome.cpuMs,
    peak_memory_bytes: outcome.peakMemoryBytes,
  };
}
