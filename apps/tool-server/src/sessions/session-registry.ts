import { randomBytes } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import type { RunGate } from '../pool/run-gate';
import type { SandboxPool } from '../pool/sandbox-pool';
import { Session } from './session';
import type { SessionDefaults } from './session';

export interface SessionPolicy {
  /** An idle session is closed after this long. */
  readonly idleTimeoutMs: number;
  readonly defaults: SessionDefaults;
}

/** The live sessions by their ids, which nobody can guess. */
export class SessionRegistry {
  private readonly sessions = new Map<string, Session>();

  constructor(
    private readonly policy: SessionPolicy,
    private readonly pool: SandboxPool,
    private readonly gate: RunGate,
    private readonly clock: Clock,
  ) {}

  get activeCount(): number {
    return this.sessions.size;
  }

  get idleTimeoutMs(): number {
    return this.policy.idleTimeoutMs;
  }

  /** Waits for a sandbox at most `queueTimeoutMs`; see `SandboxPool.lease` for what it throws. */
  async open(queueTimeoutMs: number, signal: AbortSignal): Promise<Session> {
    const lease = await this.pool.lease(queueTimeoutMs, signal);
    const id = randomBytes(24).toString('base64url');
    const session = new Session(id, lease, this.gate, this.clock, this.policy.defaults);
    this.sessions.set(id, session);
    void session.lost.then(() => this.close(id));
    return session;
  }

  /** @throws AppError `session_not_found` */
  get(id: string): Session {
    const session = this.sessions.get(id);
    if (!session) throw new AppError('session_not_found', 'There is no such session: it has expired, was closed or has lost its sandbox.');
    return session;
  }

  async close(id: string): Promise<void> {
    const session = this.sessions.get(id);
    this.sessions.delete(id);
    await session?.close();
  }

  async closeIdle(idleMs: number = this.policy.idleTimeoutMs): Promise<void> {
    const idle = [...this.sessions.values()].filter((session) => session.idleMs >= idleMs);
    await Promise.all(idle.map(({ id }) => this.close(id)));
  }
}
