import { RunGate } from './run-gate';
import { SleeperWatch } from './sleeper-watch';

const NEVER = new AbortController().signal;

describe('watch for sleeping programs', () => {
  let nowMs = 0;
  let idle = 0;
  let total = 0;
  const pass = (ms: number, idleProcessors: number) => {
    nowMs += ms;
    total += 2 * ms;
    idle += idleProcessors * ms;
  };
  const gateWith = (max: number) => {
    const gate = new RunGate(max, () => nowMs);
    const watch = new SleeperWatch(
      gate,
      () => ({ idle, total }),
      2,
      () => nowMs,
    );
    return { gate, watch };
  };

  it('lets the next program run when those with permits leave processors idle', async () => {
    const { gate, watch } = gateWith(2);
    const sleepers = await Promise.all([gate.enter(NEVER), gate.enter(NEVER)]);
    const next = gate.enter(NEVER);
    pass(200, 2);
    await watch.look();
    expect(gate.waitingCount).toBe(1);
    pass(100, 2);
    await watch.look();
    const leave = await next;
    expect([gate.activeCount, gate.excusedCount]).toEqual([2, 1]);
    for (const each of [...sleepers, leave]) each();
    expect([gate.activeCount, gate.excusedCount]).toEqual([0, 0]);
  });

  it('finds the one that sleeps when the processors are busy', async () => {
    const { gate, watch } = gateWith(2);
    await gate.enter(NEVER, async () => nowMs);
    const leaveSleeper = await gate.enter(NEVER, async () => 7);
    const next = gate.enter(NEVER);
    for (let look = 0; look < 2; look += 1) {
      pass(250, 0);
      await watch.look();
    }
    await next;
    expect([gate.activeCount, gate.excusedCount]).toEqual([2, 1]);
    leaveSleeper();
    expect([gate.activeCount, gate.excusedCount]).toEqual([2, 0]);
  });

  it('lets nobody in while programs compute, or while nobody knows what they do', async () => {
    const { gate, watch } = gateWith(2);
    await gate.enter(NEVER, async () => nowMs / 2);
    await gate.enter(NEVER, async () => null);
    void gate.enter(NEVER);
    for (let look = 0; look < 5; look += 1) {
      pass(300, 0.3);
      await watch.look();
    }
    expect(gate.waitingCount).toBe(1);
  });

  it('does not take what was idle before anybody waited for a sign', async () => {
    const { gate, watch } = gateWith(1);
    await watch.look();
    pass(60_000, 2);
    await gate.enter(NEVER);
    pass(300, 0);
    void gate.enter(NEVER);
    await watch.look();
    expect(gate.waitingCount).toBe(1);
  });
});
