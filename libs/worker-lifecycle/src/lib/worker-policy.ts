import type { RestartPolicy } from './restart-policy';

export interface WorkerPolicy {
  readonly startingProbeIntervalMs: number;
  readonly readyProbeIntervalMs: number;
  /** Probes that fail in a row before a ready worker counts as hung. */
  readonly hungAfterFailedProbes: number;
  /** How long a start may take while the process lives: loading weights takes minutes and answers nothing meanwhile. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** How long the engine may take to fall asleep once it is told, or to wake up with its weights at hand. */
  readonly sleepTimeoutMs: number;
  /** A worker that was ready this long has its crashes forgiven. */
  readonly stableAfterMs: number;
  readonly restart: RestartPolicy;
}
