import { getEventListeners } from 'node:events';
import { LinkedAbort } from './linked-abort';

describe('a linked abort', () => {
  it('aborts with the outer signal, for its reason', () => {
    const outer = new AbortController();
    const linked = new LinkedAbort(outer.signal);
    outer.abort('the client left');

    expect(linked.signal.reason).toBe('the client left');
  });

  it('is aborted from the beginning where the outer one is', () =>
    expect(new LinkedAbort(AbortSignal.abort('too late')).signal.reason).toBe('too late'));

  it('aborts on its own and leaves the outer one alone', () => {
    const outer = new AbortController();
    const linked = new LinkedAbort(outer.signal);
    linked.abort('no longer wanted');

    expect(linked.signal.reason).toBe('no longer wanted');
    expect(outer.signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  it('is deaf to the outer one once it has let go', () => {
    const outer = new AbortController();
    const linked = new LinkedAbort(outer.signal);
    linked.release();
    outer.abort();

    expect(linked.signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});
