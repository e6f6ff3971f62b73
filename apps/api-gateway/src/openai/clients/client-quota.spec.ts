import { ClientQuota } from './client-quota';
import { ANYONE } from './api-key-ring';

describe('the quota of a client', () => {
  it('refuses what is too much now, and takes it later', () => {
    const quota = new ClientQuota(4);
    const leave = quota.enter('alice', 3);

    expect(() => quota.enter('alice', 2)).toThrow(expect.objectContaining({ code: 'busy', retryAfterMs: 1000 }));
    expect(() => quota.enter('alice', 1)()).not.toThrow();
    leave();
    expect(() => quota.enter('alice', 4)).not.toThrow();
  });

  it("is nobody else's", () => {
    const quota = new ClientQuota(1);
    quota.enter('alice', 1);

    expect(() => quota.enter('bob', 1)).not.toThrow();
  });

  it('refuses for good what could never be let in', () => {
    expect(() => new ClientQuota(4).enter('alice', 5)).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'n' }));
  });

  it.each([
    [0, 'alice'],
    [1, ANYONE],
  ])('of %i does not bound %s', (limit, client) => {
    const quota = new ClientQuota(limit);
    quota.enter(client, 100);

    expect(() => quota.enter(client, 100)).not.toThrow();
  });
});
