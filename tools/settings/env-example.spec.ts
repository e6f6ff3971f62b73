import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { GatewaySettings, loadSettings, ModelPoolSettings, ToolServerSettings } from '@interleave/settings';
import { envExample } from './env-example';

describe('.env.example', () => {
  it('is what the settings classes say: `npm run env-example` writes it', () => {
    expect(readFileSync(join(__dirname, '../../.env.example'), 'utf8')).toBe(envExample());
  });

  it('means the defaults when every line is taken in', () => {
    const file = parseEnv(envExample().replace(/^#(?=[A-Z])/gm, '')) as Record<string, string>;

    for (const settingsClass of [GatewaySettings, ToolServerSettings, ModelPoolSettings]) {
      const withText = Object.fromEntries(Object.entries(file).filter(([, value]) => value !== ''));
      expect(loadSettings<object>(settingsClass, { file: withText })).toEqual(new settingsClass());
    }
  });
});
