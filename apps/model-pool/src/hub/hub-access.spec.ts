import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, ModelPoolSettings } from '@interleave/settings';
import { hubAccessOf } from './hub-access';

const home = mkdtempSync(join(tmpdir(), 'hub-access-'));
const accessWith = (environment: Record<string, string>) => hubAccessOf(loadSettings(ModelPoolSettings, { environment }));

describe('access to the hub', () => {
  it('is as all programs of the hub are told', () => {
    writeFileSync(join(home, 'token'), 'hf_from_file\n');

    expect(accessWith({ HF_HOME: home })).toEqual({
      endpoint: 'https://huggingface.co',
      cacheFolder: join(home, 'hub'),
      isOffline: false,
      token: 'hf_from_file',
    });
    expect(
      accessWith({ HF_HOME: home, HF_HUB_CACHE: '/cache', HF_HUB_OFFLINE: 'ON', HF_TOKEN: 'hf_given', HF_ENDPOINT: 'http://mirror:8080/' }),
    ).toEqual({ endpoint: 'http://mirror:8080', cacheFolder: '/cache', isOffline: true, token: 'hf_given' });
  });

  it('takes a variable without a value as not set, as compose files have it', () => {
    const empty = { HF_HUB_CACHE: '', HF_HUB_OFFLINE: '', HF_TOKEN: '', HF_ENDPOINT: '' };

    expect(accessWith({ HF_HOME: join(home, 'nobody'), ...empty })).toMatchObject({
      endpoint: 'https://huggingface.co',
      cacheFolder: join(home, 'nobody/hub'),
      isOffline: false,
    });
  });

  it('wants an address', () => {
    expect(() => accessWith({ HF_ENDPOINT: 'mirror' })).toThrow('HF_ENDPOINT');
  });
});
