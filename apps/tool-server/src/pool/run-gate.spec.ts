import { RunGate } from './run-gate';

describe('run gate', () => {
  it('gives the place of one who no longer waits to the next', async () => {
    const gate = new RunGate(1);
    const leave = await gate.enter(new AbortController().signal);
    const impatient = new AbortController();
    const second = gate.enter(impatient.signal);
    const third = gate.enter(new AbortController().signal);
    impatient.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    expect(gate.waitingCount).toBe(1);
    leave();
    (await third)();
    expect([gate.activeCount, gate.waitingCount]).toEqual([0, 0]);
  });

  it('gives back a permit that came in the same moment as the end of the wait', async () => {
    const gate = new RunGate(1);
    const leave = await gate.enter(new AbortController().signal);
    const impatient = new AbortController();
    const second = gate.enter(impatient.signal);
    impatient.abort(new Error('gone'));
    leave();
    await expect(second).rejects.toThrow('gone');
    expect([gate.activeCount, gate.waitingCount]).toEqual([0, 0]);
  });
});
