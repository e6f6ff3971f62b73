import { advertisedUrl, localUrl } from './worker-url';

const at = (host: string) => ({ host, port: 41_001, apiKey: 'key' });

describe('the address of a worker', () => {
  it('is reached by model-pool on loopback where it binds to every address', () => {
    expect(localUrl(at('0.0.0.0'))).toBe('http://127.0.0.1:41001');
    expect(localUrl(at('::1'))).toBe('http://[::1]:41001');
  });

  it('is advertised under another name where one is set', () => {
    expect(advertisedUrl(at('0.0.0.0'), 'model-pool')).toBe('http://model-pool:41001');
    expect(advertisedUrl(at('127.0.0.1'), null)).toBe('http://127.0.0.1:41001');
  });
});
