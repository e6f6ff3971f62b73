import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity, ProcessTable } from './process-table';
import { systemErrorCode } from './system-error-code';

const POLL_MS = 50;

/**
 * A worker is a process group: the one that was started, and what it started (an engine has processes of its own). Its number
 * is the leader's pid, which the kernel gives to nobody else while a member of the group lives.
 */
export class ProcessGroup {
  constructor(
    private readonly table: ProcessTable,
    readonly leader: ProcessIdentity,
  ) {}

  isLeaderAlive(): boolean {
    return this.table.find(this.leader.pid)?.startedAt === this.leader.startedAt;
  }

  signal(signal: NodeJS.Signals): void {
    const holder = this.table.find(this.leader.pid);
    // Someone else has the number now: then no member of the group was left.
    if (holder && holder.startedAt !== this.leader.startedAt) return;
    try {
      process.kill(-this.leader.pid, signal);
    } catch (error) {
      if (systemErrorCode(error) !== 'ESRCH') throw error;
    }
  }

  /** Kills what the leader left behind and waits until it is gone: devices and memory are free then. */
  async finish(timeoutMs: number): Promise<void> {
    for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += POLL_MS) {
      if (this.isReused() || this.table.groupMembers(this.leader.pid).length === 0) return;
      this.signal('SIGKILL');
      await sleep(POLL_MS);
    }
  }

  /** SIGTERM, then SIGKILL after a while; over when nothing of it lives any more. */
  async end(graceMs: number, killTimeoutMs: number): Promise<void> {
    this.signal('SIGTERM');
    for (let waitedMs = 0; waitedMs < graceMs && this.isLeaderAlive(); waitedMs += POLL_MS) await sleep(POLL_MS);
    await this.finish(killTimeoutMs);
  }

  private isReused(): boolean {
    const holder = this.table.find(this.leader.pid);
    return holder !== null && holder.startedAt !== this.leader.startedAt;
  }
}
