import { AppError } from '@interleave/kernel';
import type { Frame } from '../protocol/frame';
import { SandboxFrame } from '../protocol/frame';
import type { SupervisorResult, WorkerReport } from '../protocol/parse-payload';
import { parseSupervisorResult, parseWorkerReport } from '../protocol/parse-payload';
import type { ExecutionOutcome, ExecutionStatus } from './execution-outcome';
import type { OutputPiece, OutputStream } from './output-log';
import { OutputLog } from './output-log';

const TAMPERED: WorkerReport = {
  value: null,
  error: {
    type: 'SandboxError',
    message: 'the program wrote into the channel of its own interpreter',
    traceback: 'SandboxError: the program wrote into the channel of its own interpreter',
  },
  exitCode: null,
  images: [],
};

/** Hears what a program writes while it runs. */
export type OutputListener = (piece: OutputPiece) => void;

/** Gathers the frames of one call into its outcome. */
export class CallCollector {
  private readonly output: OutputLog;
  private report: WorkerReport | null = null;

  constructor(
    private readonly callId: number,
    maxOutputBytes: number,
    private readonly onOutput: OutputListener = () => undefined,
  ) {
    this.output = new OutputLog(maxOutputBytes);
  }

  /**
   * @returns the outcome when the frame ended the call, else null
   * @throws AppError `protocol_violation` for anything that does not belong here
   */
  accept(frame: Frame): ExecutionOutcome | null {
    if (frame.callId !== this.callId)
      throw new AppError('protocol_violation', `The sandbox answered call ${frame.callId}, which is not running.`);
    switch (frame.type) {
      case SandboxFrame.stdout:
        this.onOutput(this.output.append('stdout', frame.payload));
        return null;
      case SandboxFrame.stderr:
        this.onOutput(this.output.append('stderr', frame.payload));
        return null;
      case SandboxFrame.gap:
        this.onOutput(this.output.skip(...parseGap(frame.payload)));
        return null;
      case SandboxFrame.report:
        if (this.report) throw new AppError('protocol_violation', 'The sandbox reported a call twice.');
        this.report = parseWorkerReport(frame.payload) ?? TAMPERED;
        return null;
      case SandboxFrame.result:
        return this.outcome(parseSupervisorResult(frame.payload));
      default:
        throw new AppError('protocol_violation', `The sandbox sent a frame of type ${frame.type} during a call.`);
    }
  }

  private outcome(result: SupervisorResult): ExecutionOutcome {
    const exitCode = this.report?.exitCode ?? null;
    const [stdout, stderr] = [this.output.text('stdout'), this.output.text('stderr')];
    return {
      status: statusOf(result, this.report),
      isRefused: result.cause === 'irrevocable',
      state: result.state,
      restoredCell: result.restoredCell,
      stdout,
      stderr,
      output: stderr === '' ? stdout : stdout === '' ? stderr : this.output.interleaved(),
      value: this.report?.value ?? null,
      error: this.report?.error ?? null,
      images: this.report?.images ?? [],
      exit: result.exit ?? (exitCode === null ? null : { code: exitCode, signal: null }),
      dropped: { stdoutBytes: this.output.droppedBytes.stdout, stderrBytes: this.output.droppedBytes.stderr },
      wallMs: result.wallMs,
      cpuMs: result.cpuMs,
      peakMemoryBytes: result.peakMemoryBytes,
    };
  }
}

function statusOf(result: SupervisorResult, report: WorkerReport | null): ExecutionStatus {
  if (result.cause === 'timeout' || result.cause === 'output_limit') return result.cause;
  if (result.cause !== null) return 'killed';
  if (result.state !== 'kept') return result.exit?.signal === 'SIGKILL' && result.oomKills > 0 ? 'oom' : 'killed';
  return report?.error ? 'error' : 'ok';
}

function parseGap(payload: Uint8Array): [OutputStream, number] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const stream = payload.length === 9 ? view.getUint8(0) : 0;
  if (stream !== SandboxFrame.stdout && stream !== SandboxFrame.stderr) {
    throw new AppError('protocol_violation', 'The sandbox sent a gap frame that makes no sense.');
  }
  return [stream === SandboxFrame.stdout ? 'stdout' : 'stderr', Number(view.getBigUint64(1))];
}
