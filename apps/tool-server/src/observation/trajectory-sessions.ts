import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/session-registry';

/** Trajectories that nobody finishes are remembered up to this many, the longest unused are forgotten first. */
const MAX_TRAJECTORIES = 10_000;

/** Which session belongs to which trajectory of a trainer, who knows only its own ids. */
export class TrajectorySessions {
  private readonly sessions = new Map<string, Promise<Session>>();

  constructor(
    private readonly registry: SessionRegistry,
    private readonly queueTimeoutMs: number,
  ) {}

  /** `isReplacement`: the trajectory had a session before, which has expired or was lost. */
  async of(trajectoryId: string, signal: AbortSignal): Promise<{ readonly session: Session; readonly isReplacement: boolean }> {
    const known = this.sessions.get(trajectoryId);
    const before = await known;
    if (before?.isOpen) {
      this.remember(trajectoryId, Promise.resolve(before));
      return { session: before, isReplacement: false };
    }
    // Someone else may have replaced it while we waited.
    const current = this.sessions.get(trajectoryId);
    if (current && current !== known) return { session: await current, isReplacement: known !== undefined };
    const opening = this.registry.open(this.queueTimeoutMs, signal);
    this.remember(trajectoryId, opening);
    try {
      return { session: await opening, isReplacement: known !== undefined };
    } catch (error) {
      if (this.sessions.get(trajectoryId) === opening) this.sessions.delete(trajectoryId);
      throw error;
    }
  }

  async forget(trajectoryId: string): Promise<void> {
    const known = this.sessions.get(trajectoryId);
    this.sessions.delete(trajectoryId);
    const session = await known;
    if (session) await this.registry.close(session.id);
  }

  private remember(trajectoryId: string, session: Promise<Session>): void {
    this.sessions.delete(trajectoryId);
    this.sessions.set(trajectoryId, session);
    if (this.sessions.size <= MAX_TRAJECTORIES) return;
    const [oldest] = this.sessions.keys();
    if (oldest !== undefined) this.sessions.delete(oldest);
  }
}
