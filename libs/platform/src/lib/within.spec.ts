import { within } from './within';

describe('within', () => {
  const aborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      const fail = () => reject(signal.reason);
      if (signal.aborted) fail();
      signal.addEventListener('abort', fail);
    });
  const never = new AbortController().signal;

  it('hands on the result', async () => {
    await expect(within(1000, never, async () => 42)).resolves.toBe(42);
  });

  it('aborts when the time is over', async () => {
    await expect(within(5, never, aborted)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('aborts with the outer signal, also with one that has aborted already', async () => {
    const outer = new AbortController();
    const running = within(1000, outer.signal, aborted);
    outer.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    await expect(within(1000, outer.signal, aborted)).rejects.toThrow('stop');
  });
});
