import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubModel } from '@interleave/worker-lifecycle';
import { FakeHub, waitUntil } from '@interleave/testing';
import type { LaunchActivity } from '../launch/launch-watch';
import { createProcessTable } from '../processes/process-table';
import type { HubAccess } from './hub-access';
import { ModelStore } from './model-store';

/** A file of weights with one tensor of these many bytes. */
function tensors(bytes: number): Buffer {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, randomBytes(bytes)]);
}

const WEIGHTS = tensors(300_000);
const CONFIG = '{"model_type": "qwen2"}';
const GGUF = Buffer.concat([Buffer.from('GGUF'), randomBytes(50_000)]);
const FILES = {
  'config.json': CONFIG,
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': randomBytes(100),
  'original/x.pth': randomBytes(100),
  'README.md': 'x',
};
const QWEN: HubModel = { id: 'org/qwen', revision: null, gguf: null };

// Files are written through to a disk that others may keep busy.
jest.setTimeout(60_000);

describe('a model of the hub', () => {
  let hub: FakeHub;
  let cacheFolder: string;
  const signal = new AbortController().signal;
  const table = createProcessTable();
  const storeWith = (changes: Partial<HubAccess> = {}): ModelStore =>
    new ModelStore({ endpoint: hub.url, cacheFolder, isOffline: false, token: null, ...changes }, table);
  const ensure = (store = storeWith(), model = QWEN, report: (activity: LaunchActivity) => void = () => undefined): Promise<string> =>
    store.ensure(model, 'pin', report, signal);
  const repositoryFolder = (): string => join(cacheFolder, 'models--org--qwen');

  beforeEach(async () => {
    hub = await FakeHub.start({ treePage: 2 });
    cacheFolder = join(mkdtempSync(join(tmpdir(), 'model-store-')), 'hub');
    await hub.publish('org/qwen', FILES);
  });
  afterEach(async () => {
    await hub.stop();
    rmSync(cacheFolder, { recursive: true, force: true });
  });

  it('comes into the cache as huggingface_hub lays it out, with the files that are needed', async () => {
    const commit = hub.repositories.get('org/qwen')?.head.id ?? '';

    const path = await ensure();

    expect(path).toBe(join(repositoryFolder(), 'snapshots', commit));
    expect(readdirSync(path).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(readFileSync(join(path, 'model.safetensors'))).toEqual(WEIGHTS);
    expect(readlinkSync(join(path, 'model.safetensors'))).toBe(join('../../blobs', createHash('sha256').update(WEIGHTS).digest('hex')));
    expect(readlinkSync(join(path, 'config.json'))).toBe(
      join('../../blobs', createHash('sha1').update(`blob ${CONFIG.length}\0${CONFIG}`).digest('hex')),
    );
    expect(readFileSync(join(repositoryFolder(), 'refs/main'), 'utf8')).toBe(commit);
    expect(existsSync(join(cacheFolder, '.locks/models--org--qwen/interleave.lock'))).toBe(false);
  });

  it('is not fetched twice, and not at all offline', async () => {
    const path = await ensure();
    await waitUntil(() => hub.openRequests === 0, 10_000);
    const given = hub.givenFileBytes;

    expect(await ensure(storeWith())).toBe(path);
    await waitUntil(() => hub.openRequests === 0, 10_000);
    expect(hub.givenFileBytes).toBe(given);
    const asked = hub.received.length;
    expect(await ensure(storeWith({ isOffline: true }))).toBe(path);
    expect(hub.received).toHaveLength(asked);
  });

  it('is what its name means when a deployment begins; another deployment gets what is new', async () => {
    const store = storeWith();
    const before = await store.ensure(QWEN, 'first', () => undefined, signal);
    await hub.publish('org/qwen', { 'model.safetensors': tensors(1000) });

    expect(await store.ensure(QWEN, 'first', () => undefined, signal)).toBe(before);
    expect(await store.ensure(QWEN, 'second', () => undefined, signal)).not.toBe(before);
    expect(
      await storeWith({ isOffline: true }).ensure({ ...QWEN, revision: before.split('/').at(-1) ?? '' }, '', () => undefined, signal),
    ).toBe(before);
  });

  it('is fetched once for all who want it at the same time, and all hear how far it is', async () => {
    hub.strike('cdn:slow@600000');
    const store = storeWith();
    const heard: LaunchActivity[][] = [[], []];

    const paths = await Promise.all(heard.map((list) => ensure(store, QWEN, (activity) => list.push(activity))));

    expect(new Set(paths).size).toBe(1);
    await waitUntil(() => hub.openRequests === 0, 10_000);
    expect(hub.received.filter(({ route, status }) => route === 'cdn' && status === 200)).toHaveLength(1);
    for (const list of heard) {
      expect(list[0]?.text).toMatch(/^downloading: 0 % of 3\d\d kB$/);
      expect(list.at(-1)).toMatchObject({ share: 1, text: expect.stringContaining('100 %') });
    }
  });

  it('goes on where it stopped: after a cut connection, and after an end of the program', async () => {
    hub.strike('cdn:break@0.5x2', 'cdn:429', 'cdn:503');
    await ensure();

    await waitUntil(() => hub.openRequests === 0, 10_000);
    expect(hub.received.filter(({ route }) => route === 'cdn').map(({ status }) => status)).toEqual([200, 206, 429, 503, 206]);
    // Some bytes may have been on the way when the connection was cut.
    expect(hub.givenFileBytes).toBeLessThan(1.9 * WEIGHTS.length);
  });

  it('begins again where there is no way to go on', async () => {
    const blob = join(repositoryFolder(), 'blobs', createHash('sha256').update(WEIGHTS).digest('hex'));
    mkdirSync(join(repositoryFolder(), 'blobs'), { recursive: true });
    writeFileSync(`${blob}.interleave-part`, randomBytes(WEIGHTS.length + 5));

    const path = await ensure();

    expect(readFileSync(join(path, 'model.safetensors'))).toEqual(WEIGHTS);
  });

  it('is not taken when it is not what the hub says: fetched again, and refused the second time', async () => {
    hub.strike('cdn:corrupt');
    const path = await ensure();
    expect(readFileSync(join(path, 'model.safetensors'))).toEqual(WEIGHTS);

    rmSync(cacheFolder, { recursive: true });
    hub.strike('cdn:corruptx2');
    await expect(ensure()).rejects.toThrow('is not what the hub says it is (by its hash), twice');
    expect(existsSync(join(repositoryFolder(), 'refs/main'))).toBe(false);
  });

  it('stops when nobody waits any more, and keeps what has come', async () => {
    hub.strike('cdn:slow@100000');
    const [one, other] = [new AbortController(), new AbortController()];
    const store = storeWith();
    let heard = 0;
    const first = store.ensure(QWEN, 'pin', () => (heard += 1), one.signal);
    const second = store.ensure(QWEN, 'pin', () => undefined, other.signal);
    await waitUntil(() => heard > 0 && partBytes() > 10_000, 10_000);

    one.abort();
    await expect(first).rejects.toThrow();
    other.abort();
    await expect(second).rejects.toThrow();

    await waitUntil(() => hub.openRequests === 0, 10_000);
    const kept = partBytes();
    expect(kept).toBeGreaterThan(10_000);
    await ensure();
    await waitUntil(() => hub.openRequests === 0, 10_000);
    // The hub may notice only now that the first one was given up: the order says nothing.
    await waitUntil(() => hub.received.some(({ status }) => status === 206), 10_000);
    expect(hub.received).toContainEqual(expect.objectContaining({ route: 'cdn', status: 206, bytes: WEIGHTS.length - kept }));
  });

  it('waits for another program that fetches the same, unless that one is dead', async () => {
    const lock = join(cacheFolder, '.locks/models--org--qwen/interleave.lock');
    mkdirSync(join(lock, '..'), { recursive: true });
    const self = table.find(process.ppid);
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: self?.pid, startedAt: self?.startedAt }));
    const heard: string[] = [];
    const waiting = ensure(storeWith(), QWEN, ({ text }) => heard.push(text));
    await waitUntil(() => heard.length > 0, 10_000);
    expect(heard).toEqual([`waiting for the download of process ${process.ppid} on ${hostname()}`]);
    expect(hub.givenFileBytes).toBe(0);

    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: self?.pid, startedAt: 'long ago' }));
    await waiting;

    expect(existsSync(lock)).toBe(false);
  });

  it.each<[string, HubModel, Partial<HubAccess>, string]>([
    ['is not there', { ...QWEN, id: 'org/quen' }, {}, 'There is no model org/quen on the hub'],
    ['is private', { ...QWEN, id: 'org/private' }, {}, 'if it is private, set HF_TOKEN'],
    ['is gated', { ...QWEN, id: 'org/gated' }, {}, 'accept its conditions at'],
    ['has no such revision', { ...QWEN, revision: 'v9' }, {}, 'org/qwen has no revision "v9"'],
    ['is asked for with a wrong token', QWEN, { token: 'hf_wrong' }, 'does not know the token'],
    ['is no model', { ...QWEN, id: 'org/data' }, {}, 'org/data has no config.json: it is no model'],
    ['has only GGUF files', { ...QWEN, id: 'org/gguf' }, {}, 'write hf:organisation/name:Q4_K_M'],
    ['has no GGUF file', { ...QWEN, gguf: { kind: 'any' } }, {}, 'org/qwen has no GGUF file'],
    [
      'has no such quantization',
      { ...QWEN, id: 'org/gguf', gguf: { kind: 'quantization', name: 'Q8_0' } },
      {},
      'has no Q8_0: name one of m.Q4_K_M.gguf',
    ],
    ['is not in the cache', QWEN, { isOffline: true }, 'HF_HUB_OFFLINE is set, and org/qwen is not whole in the cache'],
  ])('that %s is told before anything is fetched', async (_name, model, changes, sentence) => {
    await hub.publish('org/private', FILES, { isPrivate: true });
    await hub.publish('org/gated', FILES, { isGated: true });
    await hub.publish('org/data', { 'train.json': '{}' });
    await hub.publish('org/gguf', { 'm.Q4_K_M.gguf': GGUF });

    const error: unknown = await storeWith(changes)
      .look(model, signal)
      .catch((one: unknown) => one);

    expect(error).toMatchObject({ code: 'invalid_settings', message: expect.stringContaining(sentence) });
    expect(JSON.stringify(error)).not.toContain('hf_wrong');
    expect(hub.givenFileBytes).toBe(0);
  });

  it('is given to those who may have it, and the token is shown to the hub only', async () => {
    await hub.publish('org/qwen-gated', FILES, { isPrivate: true, isGated: true });

    const path = await ensure(storeWith({ token: hub.token }), { ...QWEN, id: 'org/qwen-gated' });

    // The other host refuses whoever shows a token of the hub.
    expect(readFileSync(join(path, 'model.safetensors'))).toEqual(WEIGHTS);
  });

  it('may be a GGUF file: that one and its parts', async () => {
    await hub.publish('org/gguf', {
      'README.md': '',
      'm.Q4_K_M.gguf': GGUF,
      'm.Q8_0.gguf': GGUF,
      'big/m-F16-00001-of-00002.gguf': GGUF,
      'big/m-F16-00002-of-00002.gguf': GGUF,
    });
    const model: HubModel = { id: 'org/gguf', revision: null, gguf: { kind: 'quantization', name: 'F16' } };

    const path = await ensure(storeWith(), model);

    expect(path).toMatch(/snapshots\/[0-9a-f]{40}\/big\/m-F16-00001-of-00002\.gguf$/);
    expect(readdirSync(join(path, '..'))).toHaveLength(2);
    expect(await ensure(storeWith({ isOffline: true }), model)).toBe(path);
  });

  it('is used as it is when the hub is not to be reached, and a lack is told', async () => {
    const path = await ensure();
    const endpoint = 'http://127.0.0.1:1';

    expect(await storeWith({ endpoint }).look(QWEN, signal)).toMatchObject({
      path,
      missingBytes: 0,
      warning: expect.stringContaining('was not reached'),
    });
    rmSync(join(path, 'model.safetensors'));
    await expect(storeWith({ endpoint }).look(QWEN, signal)).rejects.toThrow("can't be reached (ECONNREFUSED)");
  });

  it('needs room', async () => {
    await hub.publish('org/huge', { 'config.json': CONFIG, 'model.safetensors': WEIGHTS });
    const file = hub.repositories.get('org/huge')?.files.get('model.safetensors');
    hub.repositories.get('org/huge')?.files.set('model.safetensors', { ...file, bytes: 9e15, lfs: file?.lfs ?? null, content: null });

    await expect(storeWith().look({ ...QWEN, id: 'org/huge' }, signal)).rejects.toThrow(
      /org\/huge needs 9.00e\+3 TB more on the disk of .*HF_HOME/,
    );
  });

  it('needs a folder that can be written to', async () => {
    writeFileSync(cacheFolder.replace(/hub$/, 'file'), '');

    await expect(storeWith({ cacheFolder: cacheFolder.replace(/hub$/, 'file/hub') }).look(QWEN, signal)).rejects.toThrow(
      "can't be written to (ENOTDIR): set HF_HOME",
    );
  });

  it('is asked for again when the hub is busy', async () => {
    hub.strike('revision:429', 'tree:503', 'revision:500');

    expect(await storeWith().look(QWEN, signal)).toMatchObject({ missingBytes: WEIGHTS.length + CONFIG.length });
  });

  function partBytes(): number {
    const folder = join(repositoryFolder(), 'blobs');
    const name = existsSync(folder) ? readdirSync(folder).find((one) => one.endsWith('.interleave-part')) : undefined;
    return name === undefined ? 0 : readFileSync(join(folder, name)).length;
  }
});
