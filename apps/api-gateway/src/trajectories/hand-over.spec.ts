import { HandOver } from './hand-over';

describe('a hand-over', () => {
  it('keeps no producer waiting once its consumer has left', async () => {
    const handOver = new HandOver<number>();
    const before = [handOver.give(1), handOver.give(2)];
    for await (const values of handOver.take()) {
      expect(values).toEqual([1, 2]);
      break;
    }

    await Promise.all(before);
    await handOver.give(3);
  });

  it('lets a producer wait that is ahead, until what it gave was taken', async () => {
    const handOver = new HandOver<number>();
    let given = 0;
    const producing = (async () => {
      for (; given < 100; given += 1) await handOver.give(given);
      handOver.close();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBeLessThan(40);
    const taken: number[] = [];
    for await (const values of handOver.take()) taken.push(...values);

    await producing;
    expect(taken).toEqual(Array.from({ length: 100 }, (_, place) => place));
  });

  it('keeps no producer waiting that comes after a failure', async () => {
    const handOver = new HandOver<number>();
    handOver.fail(new Error('no'));

    await handOver.give(1);
    await expect(handOver.take().next()).rejects.toThrow('no');
  });
});
