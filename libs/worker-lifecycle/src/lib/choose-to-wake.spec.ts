import { chooseToWake } from './choose-to-wake';
import type { WorkerStatus } from './worker-state';

const choose = (...statuses: WorkerStatus[]): number | null => chooseOf(statuses, false);

function chooseOf(statuses: readonly WorkerStatus[], isQueued: boolean): number | null {
  const workers = statuses.map((status, index) => ({ status, index }));
  return chooseToWake(workers, isQueued)?.index ?? null;
}

describe('for a request that waits', () => {
  it('one worker is woken where all that could serve it sleep', () => {
    expect(choose('asleep', 'asleep')).toBe(0);
    expect(choose('starting', 'failed', 'asleep')).toBe(2);
    expect(choose('falling-asleep', 'asleep')).toBe(1);
    expect(choose('falling-asleep')).toBe(0);
  });

  it('one is woken beside those that serve where requests wait on all of them', () => {
    expect(chooseOf(['ready', 'asleep', 'asleep'], true)).toBe(1);
    expect(chooseOf(['ready', 'waking', 'asleep'], true)).toBeNull();
  });

  it('none is woken beside one that serves or will in a moment, and none where none sleeps', () => {
    expect(choose('ready', 'asleep')).toBeNull();
    expect(choose('waking', 'asleep')).toBeNull();
    expect(choose('starting', 'backoff', 'stopped', 'draining')).toBeNull();
    expect(choose()).toBeNull();
  });
});
