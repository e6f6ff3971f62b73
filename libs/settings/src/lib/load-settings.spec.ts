import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewaySettings } from './gateway.settings';
import { environmentOf } from './environment-of';
import { loadSettings } from './load-settings';
import { parametersOf } from './parameter';
import { ServiceSettings } from './service.settings';

const load = (sources: Parameters<typeof loadSettings>[1]) => loadSettings(GatewaySettings, sources);

describe('settings', () => {
  it('prefer flag to environment to file to default', () => {
    const sources = { environment: { MAX_TURNS: '5', MIN_TURNS: '2' }, file: { MAX_TURNS: '6', MIN_TURNS: '3', API_PORT: '9000' } };

    expect(load({ ...sources, argv: ['--max-turns', '7'] })).toMatchObject({ maxTurns: 7, minTurns: 2, apiPort: 9000, maxObsLength: 512 });
  });

  it.each([
    [['--max_turns', '3'], { maxTurns: 3 }],
    [['--max-turns=3'], { maxTurns: 3 }],
    [['--enable-mtrl'], { enableMtrl: true }],
    [['--enable-mtrl', 'True'], { enableMtrl: true }],
    [['--no-enable-mtrl'], { enableMtrl: false }],
    [['--action-stop-tokens', '<python>, ```output'], { actionStopTokens: ['<python>', '```output'] }],
    [['--action-stop-tokens', '["a,b"," c"]'], { actionStopTokens: ['a,b', ' c'] }],
  ])('read %j', (argv, expected) => {
    expect(load({ argv })).toMatchObject(expected);
  });

  it('read stop tokens from a file where the value names one', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'settings-')), 'stops.txt');
    writeFileSync(path, '```output\n');

    expect(load({ environment: { ACTION_STOP_TOKENS: path } }).actionStopTokens).toEqual(['```output']);
  });

  it.each([
    [{ MAX_TURNS: 'many' }, 'MAX_TURNS (--max-turns) must be a whole number, but is "many".'],
    [{ MAX_TURNS: '-1' }, 'maxTurns must not be less than 0'],
    [{ TOOL_SERVER_URL: 'nope' }, 'TOOL_SERVER_URL (--tool-server-url)'],
    [{ MIN_TURNS: '9' }, 'MIN_TURNS (9) is above MAX_TURNS (4)'],
    [{ API_HOST: '0.0.0.0' }, 'set API_KEYS, or ALLOW_ANONYMOUS=true'],
  ])('refuse %j with a sentence that says what to set', (environment, sentence) => {
    expect(() => load({ environment })).toThrow(sentence);
  });

  it('name the nearest parameter when one is unknown', () => {
    expect(() => load({ argv: ['--max-turn', '3'] })).toThrow('Did you mean --max-turns?');
  });

  it('refuse a secret on the command line without repeating it', () => {
    expect(() => load({ argv: ['--api-keys', 'hunter2'] })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('take the published address of a container for the one that needs keys', () => {
    expect(load({ environment: { API_HOST: '0.0.0.0', API_PUBLISHED_HOST: '127.0.0.1' } }).apiHost).toBe('0.0.0.0');
    expect(() => load({ environment: { API_HOST: '0.0.0.0', API_PUBLISHED_HOST: '192.0.2.7' } })).toThrow('API_HOST is 192.0.2.7');
  });

  it('treat an empty variable as not set', () => {
    expect(load({ environment: { MAX_TURNS: '', MODEL_POOL_URL: undefined } }).maxTurns).toBe(4);
  });

  it('survive the way through a child process environment', () => {
    const settings = load({ argv: ['--action-stop-tokens', '["a,b"]', '--max-turns', '2'], environment: { API_KEYS: 'k1,k2' } });

    expect(load({ environment: environmentOf(GatewaySettings, settings) })).toEqual(settings);
  });

  it('list the parameters of the base class too', () => {
    expect(parametersOf(GatewaySettings).map(({ name }) => name)).toEqual(
      expect.arrayContaining(parametersOf(ServiceSettings).map(({ name }) => name)),
    );
  });
});
