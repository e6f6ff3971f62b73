import { setImmediate as turn } from 'node:timers/promises';
import { PutOrder } from './put-order';

describe('the order of transfers', () => {
  const started: string[] = [];
  let finish: (() => void)[] = [];
  const transfer = (order: PutOrder, file: string, part: number): Promise<void> =>
    order.run(file, async () => {
      started.push(`${file}${part}`);
      await new Promise<void>((resolve) => finish.push(resolve));
    });

  beforeEach(() => {
    started.length = 0;
    finish = [];
  });

  it('begins a file only when the one before is whole', async () => {
    const order = new PutOrder(2);
    for (const [file, part] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['a', 3],
    ] as const) {
      void transfer(order, file, part);
    }
    await turn();
    expect(started).toEqual(['a1', 'a2']);

    for (const end of finish) end();
    await turn();
    expect(started).toEqual(['a1', 'a2', 'a3']);
    for (const end of finish) end();
    await turn();
    expect(started).toEqual(['a1', 'a2', 'a3']);

    order.isWhole('a');
    await turn();
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('goes on after a transfer that failed', async () => {
    const order = new PutOrder(1);
    await expect(order.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');

    await expect(order.run('a', () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('starts nothing more once it is closed, and waits for what runs', async () => {
    const order = new PutOrder(1);
    void transfer(order, 'a', 1);
    void transfer(order, 'a', 2);
    await turn();
    const closed = order.close();
    for (const end of finish) end();
    await closed;
    await turn();

    expect(started).toEqual(['a1']);
  });
});
