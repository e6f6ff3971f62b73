import { spawnSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** Where the figures come from: without it they mean nothing. */
export interface Machine {
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  /** Work of others on the machine when the bench began. */
  readonly load_average: number;
  readonly docker: string | null;
}

export function describeMachine(): Machine {
  return {
    commit: firstLine('git', ['-C', __dirname, 'describe', '--always', '--dirty']) ?? 'unknown',
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    load_average: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    docker: firstLine('docker', ['version', '--format', '{{.Server.Version}}']),
  };
}

function firstLine(program: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? (stdout.split('\n')[0]?.trim() ?? null) : null;
}
