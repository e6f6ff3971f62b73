import { readyWorker } from '@interleave/testing';
import { Admission } from './admission';
import type { AdmissionLimits } from './admission';

const never = new AbortController().signal;
const WITH_TOOLS = { model: 'demo', needsSandbox: true };
const PLAIN = { model: 'demo', needsSandbox: false };
const admissionOf = (limits: Partial<AdmissionLimits>): Admission =>
  new Admission({ maxRunning: 8, maxWaiting: 10, queueTimeoutMs: 60_000, perSequence: 2, ...limits });

describe('admission', () => {
  it('lets in as many as there are sandboxes, and those that need none up to its own limit', async () => {
    const admission = admissionOf({ maxRunning: 3 });
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

  it('lets in what the workers have room for, and more as they come', async () => {
    const admission = admissionOf({});
    const worker = readyWorker({ url: 'http://worker', max_running: 1 });
    admission.setWorkers([worker]);
    const entering = Array.from({ length: 5 }, () => admission.enter(WITH_TOOLS, never));
    const other = admission.enter({ model: 'other', needsSandbox: true }, never);
    await expect(other).resolves.toEqual(expect.any(Function));
    expect([admission.runningCount, admission.waitingCount]).toEqual([3, 3]);

    admission.setWorkers([worker, { ...worker, id: 'demo-1' }]);
    expect([admission.runningCount, admission.waitingCount]).toEqual([5, 1]);
    admission.setWorkers([worker]);
    for (const leave of (await Promise.all(entering.slice(0, 4))).slice(0, 2)) leave();
    expect([admission.runningCount, admission.waitingCount]).toEqual([3, 1]);
    (await entering[2]!)();
    await expect(entering[4]).resolves.toEqual(expect.any(Function));
  });

  it('refuses a new request when the queue is full or its time is over, never the next trajectory of one that is in', async () => {
    const admission = admissionOf({ maxRunning: 1, maxWaiting: 0, queueTimeoutMs: 10 });
    const leave = await admission.enter(WITH_TOOLS, never);
    await expect(admission.enter(WITH_TOOLS, never)).rejects.toMatchObject({ code: 'busy', retryAfterMs: 2000 });
    const next = admission.enterNext(WITH_TOOLS, never);
    leave();
    await expect(next).resolves.toEqual(expect.any(Function));

    const patient = admissionOf({ maxRunning: 1, maxWaiting: 1, queueTimeoutMs: 10 });
    await patient.enter(WITH_TOOLS, never);
    await expect(patient.enter(WITH_TOOLS, never)).rejects.toMatchObject({ code: 'busy' });
  });

  it('has a queue for each model', async () => {
    const admission = admissionOf({ maxRunning: 2, maxWaiting: 1 });
    const rows = ['demo', 'other'].map((name) => readyWorker({ url: 'http://worker', id: name, served_names: [name] }));
    admission.setWorkers(rows);
    const other = { model: 'other', needsSandbox: false };
    const leaves = [await admission.enter(PLAIN, never), await admission.enter(PLAIN, never)];
    const waiting = [admission.enter(PLAIN, never), admission.enter(other, never)];
    await expect(admission.enter(PLAIN, never)).rejects.toMatchObject({ code: 'busy' });
    await expect(admission.enter(other, never)).rejects.toMatchObject({ code: 'busy' });
    for (const leave of leaves) leave();
    await Promise.all(waiting);
  });

  it('serves in the order of arrival, past those who gave up', async () => {
    const admission = admissionOf({ maxRunning: 1 });
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
