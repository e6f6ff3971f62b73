import { setMaxListeners } from 'node:events';
import { AppError, Deferred } from '@interleave/kernel';
import { FakeClock } from '@interleave/testing';
import { FakeSupervisor } from '../../test/support/fake-supervisor';
import type { SupervisorScript } from '../../test/support/fake-supervisor';
import { RunGate } from '../pool/run-gate';
import { SandboxSlot } from '../slot/sandbox-slot';
import { Session } from './session';

const never = new AbortController().signal;
setMaxListeners(0, never);
const programOf = (code: string) => ({ code, stdin: null, timeoutMs: 1000 });

/** A session on a sandbox that plays a script. */
async function openSession(gate: RunGate, script: SupervisorScript): Promise<{ session: Session; supervisor: FakeSupervisor }> {
  const slot = new SandboxSlot();
  const hello = slot.hello(1000);
  const supervisor = new FakeSupervisor(script, (bytes) => queueMicrotask(() => slot.onOutput(bytes)));
  slot.attach({ id: 'fake', write: (bytes) => supervisor.receive(bytes), detach: () => undefined });
  await hello;
  const defaults = { maxOutputBytes: 1000, memoryMib: null, checkpoint: 'off', style: 'notebook' } as const;
  const lease = { slot, processorTimeMs: async () => null, release: () => undefined };
  return {
    session: new Session('id', lease, gate, new FakeClock(), defaults),
    supervisor,
  };
}

describe('session', () => {
  it('delays other sessions by one turn at most, however many calls wait in it', async () => {
    const gate = new RunGate(1);
    const order: string[] = [];
    const script: SupervisorScript = ({ code }) => {
      order.push(code);
      return {};
    };
    const [greedy, modest] = [(await openSession(gate, script)).session, (await openSession(gate, script)).session];
    const calls = Array.from({ length: 1000 }, (_, index) => greedy.execute(programOf(`greedy ${index}`), never));
    for (let round = 0; round < 5; round += 1) {
      const before = order.length;
      await modest.execute(programOf('modest'), never);
      expect(order.slice(before).filter((code) => code !== 'modest').length).toBeLessThanOrEqual(2);
    }
    await Promise.all(calls);
    expect(order.filter((code) => code !== 'modest')).toEqual(calls.map((_, index) => `greedy ${index}`));
  });

  it('tells the sandbox whether others wait for the processors', async () => {
    const gate = new RunGate(1);
    const opened = await Promise.all([1, 2, 3].map(() => openSession(gate, () => ({}))));
    await Promise.all(opened.map(({ session }) => session.execute(programOf('x'), never)));
    await opened[0]?.session.execute(programOf('alone'), never);
    expect(opened[1]?.supervisor.programs).toMatchObject([{ isCrowded: true }]);
    expect(opened[0]?.supervisor.programs.at(-1)).toMatchObject({ code: 'alone', isCrowded: false });
  });

  it('refuses a call when a thousand wait already', async () => {
    const { session } = await openSession(new RunGate(1), () => ({ isEndless: true }));
    const calls = Array.from({ length: 1024 }, () => session.execute(programOf('waiting'), never));
    await expect(session.execute(programOf('one more'), never)).rejects.toMatchObject({ code: 'busy', retryAfterMs: 1000 });
    await session.close(new AppError('session_expired', 'The session has ended.'));
    await Promise.allSettled(calls);
  });

  it('runs nothing for a client that left while it waited, and lets it go at once', async () => {
    const gate = new Deferred<void>();
    const { session, supervisor } = await openSession(new RunGate(1), () => ({ until: gate.promise }));
    const leaving = new AbortController();
    const first = session.execute(programOf('first'), never);
    const second = session.execute(programOf('second'), leaving.signal);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    gate.resolve();
    await first;
    expect(supervisor.programs.map(({ code }) => code)).toEqual(['first']);
  });

  it('ends what runs and what waits with the reason for its own end', async () => {
    const { session, supervisor } = await openSession(new RunGate(1), () => ({ isEndless: true }));
    const reason = new AppError('session_expired', 'The session has ended.');
    const calls = [session.execute(programOf('running'), never), session.listFiles(never), session.execute(programOf('waiting'), never)];
    const ends = Promise.allSettled(calls);
    await new Promise(setImmediate);
    await session.close(reason);
    expect((await ends).map((end) => end.status === 'rejected' && (end.reason as unknown))).toEqual([reason, reason, reason]);
    await expect(session.execute(programOf('late'), never)).rejects.toBe(reason);
    expect([supervisor.programs.length, supervisor.cancels]).toEqual([1, 1]);
  });
});
