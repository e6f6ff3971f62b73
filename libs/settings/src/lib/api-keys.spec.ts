import { digestOfApiKey, parseApiKeys } from './api-keys';

const HEX = digestOfApiKey('secret').toString('hex');

describe('API keys in the settings', () => {
  it.each([
    ['secret', 'key-1'],
    ['alice:secret', 'alice'],
    [`alice:sha256:${HEX}`, 'alice'],
    [`sha256:${HEX}`, 'key-1'],
  ])('are read from %s', (entry, name) => {
    const { keys, complaints } = parseApiKeys([entry]);

    expect(complaints).toEqual([]);
    expect(keys).toEqual([{ name, digest: digestOfApiKey('secret') }]);
  });

  it('may share a name, and are numbered without one', () => {
    expect(parseApiKeys(['a:1', 'a:2', '3', '4']).keys.map(({ name }) => name)).toEqual(['a', 'a', 'key-3', 'key-4']);
  });

  it.each(['alice:sha256:beef', 'alice:my secret'])('are complained about without being shown: %s', (entry) => {
    const { keys, complaints } = parseApiKeys([entry]);

    expect(keys).toEqual([]);
    expect(complaints).toEqual([expect.stringMatching(/alice.*\.$/)]);
    expect(complaints[0]).not.toMatch(/beef|secret/);
  });
});
