import { FakeClock } from './fake-clock';

describe('fake clock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock(100);
    expect(clock.nowMs()).toBe(100);
    clock.advance(5);
    expect(clock.nowMs()).toBe(105);
  });

  it('lets alarms go off in the order of their times, also those set by other alarms', () => {
    const clock = new FakeClock();
    const seen: [string, number][] = [];
    clock.after(20, () => seen.push(['second', clock.nowMs()]));
    clock.after(10, () => {
      seen.push(['first', clock.nowMs()]);
      clock.after(5, () => seen.push(['between', clock.nowMs()]));
    });
    const takeBack = clock.after(15, () => seen.push(['never', 0]));
    takeBack();
    clock.advance(30);
    expect(seen).toEqual([
      ['first', 10],
      ['between', 15],
      ['second', 20],
    ]);
    expect(clock.nowMs()).toBe(30);
  });

  it('keeps the promise of a sleep', async () => {
    const clock = new FakeClock();
    const sleep = clock.sleep(10);
    clock.advance(10);
    await expect(sleep).resolves.toBeUndefined();
  });
});
