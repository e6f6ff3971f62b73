import { Admission } from './admission';

const never = new AbortController().signal;
const WITH_TOOLS = { needsSandbox: true };
const PLAIN = { needsSandbox: false };

describe('admission', () => {
  it('lets in as many as there are sandboxes, and those that need none up to its own limit', async () => {
    const admission = new Admission(3, 10, 60_000);
    admission.setSandboxes(1);
    await admission.enter(WITH_TOOLS, never);
    await admission.enter(PLAIN, never);
    let isIn = false;
    const leave = admission.enter(WITH_TOOLS, never).then(() => (isIn = true));
    await new Promise(setImmediate);
    expect([admission.runningCount, admission.waitingCount, isIn]).toEqual([2, 1, false]);
    admission.setSandboxes(3);
    await leave;
    expect([admission.runningCount, admission.waitingCount]).toEqual([3, 0]);
  });

  it('refuses a new request when the queue is full or its time is over, never the next trajectory of one that is in', async () => {
    const admission = new Admission(1, 0, 10);
    const leave = await admission.enter(WITH_TOOLS, never);
    await expect(admission.enter(WITH_TOOLS, never)).rejects.toMatchObject({ code: 'busy', retryAfterMs: 2000 });
    const next = admission.enterNext(WITH_TOOLS, never);
    leave();
    await expect(next).resolves.toEqual(expect.any(Function));

    const patient = new Admission(1, 1, 10);
    await patient.enter(WITH_TOOLS, never);
    await expect(patient.enter(WITH_TOOLS, never)).rejects.toMatchObject({ code: 'busy' });
  });

  it('serves in the order of arrival, past those who gave up', async () => {
    const admission = new Admission(1, 10, 60_000);
    const leave = await admission.enter(PLAIN, never);
    const order: string[] = [];
    const leaving = new AbortController();
    const enter = async (name: string, signal = never): Promise<void> => {
      const done = await admission.enter(PLAIN, signal);
      order.push(name);
      done();
    };
    const all = [enter('a'), enter('b', leaving.signal), enter('c')];
    leaving.abort(new Error('left'));
    leave();
    const ends = await Promise.allSettled(all);
    expect([order, ends.map(({ status }) => status)]).toEqual([
      ['a', 'c'],
      ['fulfilled', 'rejected', 'fulfilled'],
    ]);
    expect(admission.runningCount).toBe(0);
  });
});
