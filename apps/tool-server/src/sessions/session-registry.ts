import { randomBytes } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import type { Clock } from '@interleave/kernel';
import type { RunGate } from '../pool/run-gate';
import type { SandboxPool } from '../pool/sandbox-pool';
import { EndedSessions } from './ended-sessions';
import { Session } from './session';
import type { SessionDefaults } from './session';

export interface SessionPolicy {
  /** An idle session is closed after this long. */
  readonly idleTimeoutMs: number;
  readonly defaults: SessionDefaults;
}

/** The live sessions by their ids, which nobody can guess, and why the others ended. */
export class SessionRegistry {
  private readonly sessions = new Map<string, Session>();
  private readonly ended: EndedSessions;

  constructor(
    private readonly policy: SessionPolicy,
    private readonly pool: SandboxPool,
    private readonly gate: RunGate,
    private readonly clock: Clock,
  ) {
    this.ended = new EndedSessions(clock);
  }

  get activeCount(): number {
    return this.sessions.size;
  }

  get idleTimeoutMs(): number {
    return this.policy.idleTimeoutMs;
  }

  /** Waits for a sandbox at most `queueTimeoutMs`; see `SandboxPool.lease` for what it throws. */
  async open(queueTimeoutMs: number, signal: AbortSignal, wanted: Partial<SessionDefaults> = {}): Promise<Session> {
    const lease = await this.pool.lease(queueTimeoutMs, signal);
    const id = randomBytes(24).toString('base64url');
    const session = new Session(id, lease, this.gate, this.clock, { ...this.policy.defaults, ...wanted });
    this.sessions.set(id, session);
    void session.lost.then((reason) => this.close(id, `its sandbox was lost (${reason.message.replace(/\.$/, '')})`));
    return session;
  }

  /** @throws AppError `session_expired` for one that has ended, `session_not_found` for one that never was */
  get(id: string): Session {
    const session = this.sessions.get(id);
    if (session) return session;
    const reason = this.ended.reasonOf(id);
    if (reason !== null) throw sessionExpired(reason);
    throw new AppError('session_not_found', 'There is no such session. Create one with POST /v1/sessions.');
  }

  /** Closing one that has ended, or never was, is harmless. Without a reason (half a sentence) nobody is expected to ask for it again. */
  async close(id: string, reason: string | null = null): Promise<void> {
    const session = this.sessions.get(id);
    if (!session) return;
    this.sessions.delete(id);
    if (reason !== null) this.ended.remember(id, reason);
    await session.close(sessionExpired(reason ?? 'it was closed'));
  }

  /** @param drainIdleMs while the server shuts down, the shorter time that a session may be idle */
  async closeIdle(drainIdleMs?: number): Promise<void> {
    const idleMs = drainIdleMs ?? this.policy.idleTimeoutMs;
    const idle = [...this.sessions.values()].filter((session) => session.idleMs >= idleMs);
    const reason =
      drainIdleMs === undefined ? `nobody used it for ${idleMs / 1000} seconds (SESSION_TIMEOUT)` : 'the server is shutting down';
    await Promise.all(idle.map(({ id }) => this.close(id, reason)));
  }
}

function sessionExpired(reason: string): AppError {
  return new AppError(
    'session_expired',
    `The session has ended: ${reason}. Its variables are gone; create a new one with POST /v1/sessions.`,
  );
}
