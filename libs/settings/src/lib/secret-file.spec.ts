import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewaySettings } from './gateway.settings';
import { loadSettings } from './load-settings';

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const fileWith = (text: string): string => {
    const path = join(folder, 'secret');
    writeFileSync(path, text);
    return path;
  };
  const load = (environment: Record<string, string>, file: Record<string, string> = {}) =>
    loadSettings(GatewaySettings, { environment, file });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read without the line end that editors add', () => {
    expect(load({ SERVICE_TOKEN_FILE: fileWith('t0ken\n') }).serviceToken).toBe('t0ken');
    expect(load({ API_KEYS_FILE: fileWith('k1, k2\n') }).apiKeys).toEqual(['k1', 'k2']);
    expect(load({ API_KEYS_FILE: fileWith('alice:k1\nbob:k2\n') }).apiKeys).toEqual(['alice:k1', 'bob:k2']);
  });

  it('gives way to the same secret set beside it, and wins over a lesser source', () => {
    const path = fileWith('from-file');

    expect(load({ SERVICE_TOKEN: 'direct', SERVICE_TOKEN_FILE: path }).serviceToken).toBe('direct');
    expect(load({ SERVICE_TOKEN: '', SERVICE_TOKEN_FILE: path }).serviceToken).toBe('from-file');
    expect(load({ SERVICE_TOKEN_FILE: path }, { SERVICE_TOKEN: 'lesser' }).serviceToken).toBe('from-file');
  });

  it('that is missing or empty is a sentence, not a service without a token', () => {
    expect(() => load({ SERVICE_TOKEN_FILE: join(folder, 'nowhere') })).toThrow('SERVICE_TOKEN_FILE is');
    expect(() => load({ SERVICE_TOKEN_FILE: fileWith(' \n') })).toThrow('holds nothing');
  });

  it('is for secrets only', () => {
    expect(load({ MAX_TURNS_FILE: fileWith('7') }).maxTurns).toBe(4);
  });
});
