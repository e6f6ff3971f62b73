import type { DrainService } from '@interleave/platform';
import type { Session, SessionDefaults } from './session';
import type { SessionRegistry } from './session-registry';

/** Opens sessions for clients. A session is work that a shutdown waits for: the answers in which it is used may go on for a while. */
export class SessionOpener {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly drain: DrainService,
    private readonly queueTimeoutMs: number,
  ) {}

  /** @throws AppError `sandbox_busy`, `sandbox_unavailable`, `draining`; the signal's reason when it aborts before or during the hand-over */
  async open(signal: AbortSignal, wanted: Partial<SessionDefaults>): Promise<Session> {
    const work = this.drain.enter();
    const opening = new AbortController();
    const onAbort = () => opening.abort(signal.aborted ? signal.reason : work.signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.signal.addEventListener('abort', onAbort);
    let session: Session | null = null;
    try {
      session = await this.sessions.open(this.queueTimeoutMs, opening.signal, wanted);
      // When the client left while the sandbox was handed over, nobody knows the id.
      opening.signal.throwIfAborted();
    } catch (error) {
      work.release();
      if (session) await this.close(session);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      work.signal.removeEventListener('abort', onAbort);
    }
    const { id } = session;
    void session.ended.then(work.release);
    work.signal.addEventListener('abort', () => void this.sessions.close(id, 'the server is shutting down'), { once: true });
    return session;
  }

  /** For sessions whose id nobody was told. */
  close({ id }: Session): Promise<void> {
    return this.sessions.close(id);
  }
}
