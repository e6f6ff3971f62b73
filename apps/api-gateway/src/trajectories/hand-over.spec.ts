import { HandOver } from './hand-over';

describe('a hand-over', () => {
  it('keeps no producer waiting once its consumer has left', async () => {
    const handOver = new HandOver<number>();
    const before = [handOver.give(1), handOver.give(2)];
    for await (const value of handOver.take()) {
      expect(value).toBe(1);
      break;
    }

    await Promise.all(before);
    await handOver.give(3);
  });

  it('keeps no producer waiting that comes after a failure', async () => {
    const handOver = new HandOver<number>();
    handOver.fail(new Error('no'));

    await handOver.give(1);
    await expect(handOver.take().next()).rejects.toThrow('no');
  });
});
