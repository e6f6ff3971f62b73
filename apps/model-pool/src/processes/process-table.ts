import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseProcessStat } from '@interleave/worker-lifecycle';
import { systemErrorCode } from './system-error-code';

/** Tells a process from every other one, also from a later one with the same pid and after a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export interface LivingProcess extends ProcessIdentity {
  readonly processGroup: number;
}

/** The processes of this machine that live; one that has ended and was not waited for yet counts as ended. */
export interface ProcessTable {
  find(pid: number): LivingProcess | null;
  groupMembers(processGroup: number): LivingProcess[];
  /** Processes whose environment holds this variable with this value; none where that can't be told. */
  withVariable(name: string, value: string): LivingProcess[];
}

/** Linux: /proc. */
export class ProcProcessTable implements ProcessTable {
  private readonly boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

  find(pid: number): LivingProcess | null {
    const text = readIfThere(`/proc/${pid}/stat`);
    const stat = text === null ? null : parseProcessStat(text);
    if (!stat || stat.state === 'Z' || stat.state === 'X') return null;
    return { pid: stat.pid, processGroup: stat.processGroup, startedAt: `${this.boot}/${stat.startTicks}` };
  }

  groupMembers(processGroup: number): LivingProcess[] {
    return this.all().filter((process) => process.processGroup === processGroup);
  }

  withVariable(name: string, value: string): LivingProcess[] {
    const wanted = `${name}=${value}`;
    return this.all().filter(({ pid }) => readIfThere(`/proc/${pid}/environ`)?.split('\0').includes(wanted));
  }

  private all(): LivingProcess[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => this.find(Number(pid)) ?? []);
  }
}

/** Other systems: ps. */
export class PsProcessTable implements ProcessTable {
  find(pid: number): LivingProcess | null {
    return this.all().find((process) => process.pid === pid) ?? null;
  }

  groupMembers(processGroup: number): LivingProcess[] {
    return this.all().filter((process) => process.processGroup === processGroup);
  }

  withVariable(): LivingProcess[] {
    return [];
  }

  private all(): LivingProcess[] {
    const output = execFileSync('ps', ['-axo', 'pid=,pgid=,stat=,lstart='], { encoding: 'utf8', timeout: 5_000 });
    return output.split('\n').flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
      if (!match || match[3]?.startsWith('Z')) return [];
      return [{ pid: Number(match[1]), processGroup: Number(match[2]), startedAt: match[4] ?? '' }];
    });
  }
}

export function createProcessTable(): ProcessTable {
  return process.platform === 'linux' ? new ProcProcessTable() : new PsProcessTable();
}

export function isAlive(table: ProcessTable, identity: ProcessIdentity): boolean {
  return table.find(identity.pid)?.startedAt === identity.startedAt;
}

/** Null for what is gone or belongs to someone else. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) return null;
    throw error;
  }
}
