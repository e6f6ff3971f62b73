import { FakeClock, readyWorker } from '@interleave/testing';
import { NOBODY_ASKED } from './held-requests';
import { WorkerDirectory } from './worker-directory';
import type { WorkerLease, WorkerWish } from './worker-directory';

const NEVER = new AbortController().signal;
const AT_ONCE = { waitMs: 0, startWaitMs: 0, held: NOBODY_ASKED };

describe('worker directory', () => {
  let clock: FakeClock;
  let directory: WorkerDirectory;
  const workers = (...ids: string[]) => ids.map((id, index) => readyWorker({ id, url: `http://127.0.0.1:${9000 + index}` }));

  beforeEach(() => {
    clock = new FakeClock();
    directory = new WorkerDirectory(clock, AT_ONCE);
    directory.replace({ revision: 1, workers: workers('a', 'b') });
  });

  function acquire(wish: Partial<WorkerWish> = {}): Promise<WorkerLease> {
    const whole: WorkerWish = {
      model: 'demo',
      ownWorkerId: null,
      context: { tokens: 0, hashes: [] },
      avoidUntilMs: new Map(),
      deadlineMs: directory.waitDeadlineMs(),
      ...wish,
    };
    return directory.acquire(whole, NEVER);
  }
  const idOf = async (wish: Partial<WorkerWish> = {}): Promise<string> => (await acquire(wish)).worker.id;

  it('gives rounds to those who have fewer, and counts no questions', async () => {
    const first = await acquire();
    expect(await idOf()).not.toBe(first.worker.id);
    first.release(null);
    const [one, two] = [await idOf({ context: null }), await idOf({ context: null })];
    expect([one, two]).toEqual([first.worker.id, first.worker.id]);
  });

  it('sends the same start to where it was sent before', async () => {
    const context = { tokens: 640, hashes: Array.from({ length: 10 }, (_, index) => 1000 + index) };
    const lease = await acquire({ context });
    lease.release(null);
    const chosen: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const next = await acquire({ context });
      chosen.push(next.worker.id);
      next.release(null);
    }
    expect(new Set([lease.worker.id, ...chosen]).size).toBe(1);
  });

  it('leaves a worker that refused alone, tries it with one request, and takes it back when that is answered', async () => {
    directory.replace({ revision: 2, workers: workers('a') });
    (await acquire()).release('refused');
    await expect(acquire()).rejects.toMatchObject({ code: 'no_worker' });
    clock.advance(1000);
    const trial = await acquire();
    await expect(acquire()).rejects.toMatchObject({ code: 'no_worker' });
    trial.answered();
    expect(await idOf()).toBe('a');
  });

  it('counts errors before the first byte, and neither broken answers, full workers nor clients that left', async () => {
    directory.replace({ revision: 2, workers: workers('a') });
    for (const fault of ['broken', 'busy', null, 'broken', 'busy', null] as const) (await acquire()).release(fault);
    for (const fault of ['server-error', 'unreachable'] as const) (await acquire()).release(fault);
    (await acquire()).release('server-error');
    await expect(acquire()).rejects.toMatchObject({
      code: 'no_worker',
      message: expect.stringContaining('All are full, or fail.') as string,
    });
  });

  it('counts failed probes', async () => {
    const [worker] = directory.workers();
    for (let probe = 0; probe < 3; probe += 1) directory.probed(worker!, false);
    expect([await idOf(), await idOf(), await idOf()]).toEqual(['b', 'b', 'b']);
    directory.probed(worker!, true);
    expect(await idOf()).toBe('a');
  });

  it('knows another process under the same name for another', async () => {
    directory.replace({ revision: 2, workers: workers('a') });
    const old = await acquire();
    old.release('refused');
    directory.replace({ revision: 3, workers: [readyWorker({ id: 'a', url: 'http://127.0.0.1:9000', restarts: 1 })] });
    expect(await idOf()).toBe('a');
    directory.probed(old.worker, false);
    directory.probed(old.worker, false);
    directory.probed(old.worker, false);
    expect(await idOf()).toBe('a');
  });

  it('avoids who has just failed the same, for as long as it is told', async () => {
    const avoidUntilMs = new Map([['a', 500]]);
    expect([await idOf({ avoidUntilMs }), await idOf({ avoidUntilMs })]).toEqual(['b', 'b']);
    clock.advance(500);
    expect(await idOf({ avoidUntilMs })).toBe('a');
  });

  it('waits longer for one that is on its way than for one that should be ready, and no longer than there is hope', async () => {
    directory = new WorkerDirectory(clock, { ...AT_ONCE, startWaitMs: 600_000 });
    const only = readyWorker({ id: 'a', url: 'http://127.0.0.1:9000' });
    for (const status of ['draining', 'stopping', 'backoff', 'starting'] as const) {
      directory.replace({ revision: 2, workers: [{ ...only, status }] });
      const waiting = acquire();
      clock.advance(599_000);
      await new Promise((resolve) => setTimeout(resolve, 150));
      directory.replace({ revision: 3, workers: [only] });
      await expect(waiting).resolves.toMatchObject({ worker: { id: 'a' } });
    }

    directory.replace({ revision: 4, workers: [{ ...only, status: 'starting' }] });
    const hopeless = acquire();
    hopeless.catch(() => undefined);
    directory.replace({ revision: 5, workers: [{ ...only, status: 'failed', error: 'Given up.' }] });
    await expect(hopeless).rejects.toMatchObject({ code: 'no_worker' });
  });

  it('says which models there are, or why there is no worker', async () => {
    await expect(acquire({ model: 'other' })).rejects.toMatchObject({ code: 'model_not_found' });
    directory.replace({ revision: 2, workers: [readyWorker({ url: '', status: 'failed', error: 'CUDA is out of memory.' })] });
    await expect(acquire()).rejects.toMatchObject({ code: 'no_worker', message: expect.stringContaining('CUDA') as string });
  });

  describe('of a model that is started when somebody asks', () => {
    const deployments = [{ name: 'big', served_names: ['big', 'alias'], starts_on_demand: true }];
    let held: string[];

    beforeEach(() => {
      held = [];
      directory = new WorkerDirectory(clock, {
        ...AT_ONCE,
        startWaitMs: 60_000,
        held: {
          hold: (deployment) => {
            held.push(`${deployment} waits`);
            return () => void held.push(`${deployment} does not wait`);
          },
        },
      });
      directory.replace({ revision: 1, workers: [], deployments });
    });

    it('knows the names, and waits until a worker is ready', async () => {
      expect([directory.servedNames(), directory.canServe()]).toEqual([['big', 'alias'], true]);
      const lease = acquire({ model: 'alias' });
      directory.replace({
        revision: 2,
        workers: [readyWorker({ url: '', deployment: 'big', served_names: ['big', 'alias'], status: 'starting' })],
        deployments,
      });
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect([held, directory.canServe()]).toEqual([['big waits'], true]);
      directory.replace({
        revision: 3,
        workers: [readyWorker({ id: 'big-0', url: 'http://127.0.0.1:1', deployment: 'big', served_names: ['big', 'alias'] })],
        deployments,
      });

      expect((await lease).worker.id).toBe('big-0');
      expect(held).toEqual(['big waits', 'big does not wait']);
    });

    it('says why its start failed, at once', async () => {
      directory.replace({
        revision: 2,
        workers: [readyWorker({ url: '', deployment: 'big', served_names: ['big'], status: 'failed', error: 'No such model.' })],
        deployments,
      });

      await expect(acquire({ model: 'big' })).rejects.toMatchObject({
        code: 'no_worker',
        message: expect.stringContaining('No such model.') as string,
      });
      expect([held, directory.canServe()]).toEqual([[], false]);
    });

    it('gives up after its time, and counts nobody who left', async () => {
      const late = acquire({ model: 'big' });
      clock.advance(60_000);
      await expect(late).rejects.toMatchObject({ code: 'no_worker' });
      await expect(
        directory.acquire(
          { model: 'big', ownWorkerId: null, context: null, avoidUntilMs: new Map(), deadlineMs: 0 },
          AbortSignal.timeout(50),
        ),
      ).rejects.toThrow();

      expect(held).toEqual(['big waits', 'big does not wait', 'big waits', 'big does not wait']);
    });
  });
});
