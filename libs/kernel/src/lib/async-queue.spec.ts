import { AsyncQueue } from './async-queue';

async function collect<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of queue) values.push(value);
  return values;
}

describe('async queue', () => {
  it('delivers what was pushed before and after the reader came, then ends', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    const reading = collect(queue);
    await Promise.resolve();
    queue.push(2);
    queue.close();
    queue.push(3);

    expect(await reading).toEqual([1, 2]);
  });

  it('throws only after the values that came before the failure', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('lost'));
    const seen: number[] = [];

    await expect(
      (async () => {
        for await (const value of queue) seen.push(value);
      })(),
    ).rejects.toThrow('lost');
    expect(seen).toEqual([1]);
  });
});
