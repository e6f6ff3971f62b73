import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findToken } from './hub-token';

describe('the token of the hub', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'hf-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('comes from the setting before the file of a login', () => {
    writeFileSync(join(home, 'token'), 'hf_login\n');

    expect(findToken({ hfToken: 'hf_set', hfHome: home })).toBe('hf_set');
    expect(findToken({ hfHome: home })).toBe('hf_login');
  });

  it('is asked for when there is none', () => {
    expect(() => findToken({ hfHome: home })).toThrow('set HF_TOKEN');
  });

  it('is not repeated when it is not one', () => {
    expect(() => findToken({ hfToken: 'secret', hfHome: home })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
