import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { AppError } from '@interleave/kernel';
import type { WorkerEndpoint } from '@interleave/worker-lifecycle';
import { ProcessGroup } from '../processes/process-group';
import type { ProcessTable } from '../processes/process-table';
import { systemErrorCode } from '../processes/system-error-code';
import type { WorkerRecord } from '../records/worker-record';
import type { WorkerRecordStore } from '../records/worker-record-store';
import type { FreePorts } from './free-port';
import type { LaunchWatch } from './launch-watch';
import { workerEnvironment } from './worker-environment';
import type { WorkerLauncher, WorkerProcess } from './worker-launcher';
import type { WorkerLog } from './worker-log';
import { fingerprintOf } from './worker-spec';
import type { WorkerSpec } from './worker-spec';

const KEY_BYTES = 24;

export interface ProcessLauncherContext {
  readonly table: ProcessTable;
  readonly records: WorkerRecordStore;
  readonly ports: FreePorts;
  readonly log: WorkerLog;
  readonly host: string;
  readonly stateDirectory: string;
}

/**
 * Starts a worker so that it outlives model-pool: in a process group and session of its own, its output going to a file, and
 * recorded in the same breath as it is started.
 */
export class ProcessLauncher implements WorkerLauncher {
  private port: number | null = null;

  constructor(
    private readonly spec: WorkerSpec,
    private readonly context: ProcessLauncherContext,
  ) {}

  async launch(watch: LaunchWatch): Promise<WorkerProcess> {
    const model = await this.spec.prepare?.(watch);
    const { host, ports, records, table, log, stateDirectory } = this.context;
    this.forgetPort();
    this.port = await ports.take(host);
    const endpoint: WorkerEndpoint = { host, port: this.port, apiKey: randomBytes(KEY_BYTES).toString('base64url') };
    const command = this.spec.commandLine(endpoint, model);
    const output = log.startNew();
    let child: ChildProcess;
    try {
      child = spawn(command.program, [...command.arguments], {
        detached: true,
        stdio: ['ignore', output, output],
        env: workerEnvironment(command.environment, stateDirectory),
      });
    } finally {
      closeSync(output);
    }
    if (child.pid === undefined) throw await whyNotStarted(child, command.program);
    // Read before the loop turns: a child that has ended already is still in the kernel's table, as one that was not waited for.
    const leader = { pid: child.pid, startedAt: table.find(child.pid)?.startedAt ?? 'ended' };
    const group = new ProcessGroup(table, leader);
    try {
      records.write({ ...this.identity(), process: leader, port: endpoint.port, apiKey: endpoint.apiKey });
    } catch (error) {
      // Without a record nobody would find it again.
      group.signal('SIGKILL');
      throw error;
    }
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    child.unref();
    return { group, endpoint, ended };
  }

  lastLines(): string[] {
    return this.context.log.lastLines(30);
  }

  capLog(): void {
    this.context.log.cap();
  }

  forget(): void {
    this.context.records.forget(this.spec.id);
    this.forgetPort();
  }

  private identity(): Pick<WorkerRecord, 'id' | 'deployment' | 'engine' | 'devices' | 'spec'> {
    const { id, deployment, engine, devices } = this.spec;
    return { id, deployment, engine, devices, spec: fingerprintOf(this.spec, this.context.host) };
  }

  private forgetPort(): void {
    if (this.port !== null) this.context.ports.giveBack(this.port);
    this.port = null;
  }
}

function whyNotStarted(child: ChildProcess, program: string): Promise<AppError> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      const code = systemErrorCode(error);
      const reason = code === 'ENOENT' ? 'there is no such program' : code === 'EACCES' ? 'it may not be run' : error.message;
      resolve(new AppError('worker_failed', `${program} could not be started: ${reason}.`, { cause: error }));
    });
  });
}
