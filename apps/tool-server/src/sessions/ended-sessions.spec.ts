import { FakeClock } from '@interleave/testing';
import { EndedSessions } from './ended-sessions';

const MINUTE_MS = 60_000;

describe('ended sessions', () => {
  it('are remembered with their reason for an hour', () => {
    const clock = new FakeClock();
    const ended = new EndedSessions(clock);
    ended.remember('a', 'it was idle');
    clock.advance(59 * MINUTE_MS);
    expect([ended.reasonOf('a'), ended.reasonOf('b')]).toEqual(['it was idle', null]);
    clock.advance(MINUTE_MS);
    expect(ended.reasonOf('a')).toBeNull();
  });

  it('are forgotten oldest first beyond ten thousand', () => {
    const ended = new EndedSessions(new FakeClock());
    for (let index = 0; index <= 10_000; index += 1) ended.remember(`s${index}`, 'closed');
    expect([ended.reasonOf('s0'), ended.reasonOf('s1'), ended.reasonOf('s10000')]).toEqual([null, 'closed', 'closed']);
  });
});
