import { waitUntil } from './wait-until';

describe('waitUntil', () => {
  it('returns what the condition returned at last', async () => {
    let count = 0;
    expect(await waitUntil(() => ((count += 1) === 3 ? 'three' : null))).toBe('three');
  });

  it('says what did not happen', async () => {
    await expect(waitUntil(() => false, 10, 'nobody came')).rejects.toThrow('nobody came within 10 ms');
  });
});
