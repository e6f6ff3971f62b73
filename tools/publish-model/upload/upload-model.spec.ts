import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { FakeHub } from '@interleave/testing';
import type { FakeHubOptions } from '@interleave/testing';
import { bytesText } from '../text/quantities';
import { MANIFEST, manifestFile, manifestText } from '../verify/manifest';
import type { Manifest } from '../verify/manifest';
import { HubRepository } from './hub-repository';
import { uploadModel } from './upload-model';

const SHARD_BYTES = 400_000;
const PART_BYTES = 100_000;
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const QUICK = { attempts: 3, firstDelayMs: 1 };

describe('an upload', () => {
  const said: string[] = [];
  let folder: string;
  let manifest: Manifest;
  let hub: FakeHub;

  const start = async (options: FakeHubOptions = {}): Promise<void> => {
    hub = await FakeHub.start({ partBytes: PART_BYTES, ...options });
  };
  const upload = (name = 'org/model', { update = false, token = hub.token, attempts = QUICK.attempts } = {}): Promise<void> =>
    uploadModel(
      new HubRepository({ name, endpoint: hub.url, token }, QUICK),
      folder,
      manifest,
      { private: true, update },
      (line) => said.push(line),
      { ...QUICK, attempts },
    );
  const expectWhole = async (name = 'org/model'): Promise<void> => {
    for (const path of [...manifest.files.map((file) => file.path), MANIFEST]) {
      expect((await hub.read(name, path))?.equals(readFileSync(join(folder, path)))).toBe(true);
    }
  };
  const commitCount = (name = 'org/model'): number => (hub.repositories.get(name)?.commits.length ?? 0) - 1;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'upload-'));
    for (const shard of SHARDS) writeFileSync(join(folder, shard), randomBytes(SHARD_BYTES));
    writeFileSync(join(folder, 'config.json'), '{"architectures": ["LlamaForCausalLM"]}\n');
    const files = await Promise.all([...SHARDS, 'config.json'].map((path) => manifestFile(folder, path)));
    manifest = { source: 's', stepRecords: null, files };
    writeFileSync(join(folder, MANIFEST), manifestText(manifest));
  });
  beforeEach(() => {
    said.length = 0;
  });
  afterEach(() => hub.stop());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes the repository and fills it with one commit', async () => {
    await start();
    await upload();

    await expectWhole();
    expect(commitCount()).toBe(1);
    expect(hub.repositories.get('org/model')?.isPrivate).toBe(true);
    expect(hub.receivedFileBytes).toBe(2 * SHARD_BYTES);
  });

  it('sends files in one piece where the hub wants no parts', async () => {
    await start({ partBytes: 10 * SHARD_BYTES });
    await upload();

    await expectWhole();
  });

  it('does nothing when all is there', async () => {
    await start();
    await upload();
    await upload();

    expect(commitCount()).toBe(1);
    expect(said.at(-1)).toContain('holds exactly these files already');
  });

  it.each([
    ['a part is refused as too many', 'put:429x2'],
    ['a part fails on the server', 'put:500x2+1'],
    ['the connection breaks at 40 % of a part', 'put:break@0.4x2'],
    ['the preupload fails', 'preupload:503'],
    ['the batch fails', 'batch:500x2'],
    ['parts are not put together', 'complete:502'],
    ['the commit fails', 'commit:500'],
    ['the commit is refused as too many', 'commit:429'],
    ['the repository can not be made at first', 'create:500'],
    ['the list of files fails', 'tree:500x2'],
  ])('is whole, in one commit, although %s', async (_what, fault) => {
    await start();
    hub.strike(fault);
    await upload();

    await expectWhole();
    expect(commitCount()).toBe(1);
  });

  it('commits once when the answer to the commit gets lost', async () => {
    await start();
    hub.strike('commit:lose-answer');
    await upload();

    await expectWhole();
    expect(commitCount()).toBe(1);
  });

  it('asks once when the account has no space left', async () => {
    await start();
    hub.strike('batch:507x2');

    await expect(upload()).rejects.toThrow('no space left for this account');

    expect(said.join('\n')).not.toContain('it goes on in');
    // The second fault still waits: nobody has asked again.
    await expect(upload()).rejects.toThrow('no space left for this account');
  });

  it('sends only what broke once more', async () => {
    await start();
    hub.strike('put:break@0.4x2+2');
    await upload();

    expect(hub.receivedFileBytes - 2 * SHARD_BYTES).toBeLessThanOrEqual(2 * PART_BYTES);
    expect(said.join('\n')).toContain('trying again in');
  });

  it.each([
    ['in the first file', 2, 0],
    ['between the files', 4, SHARD_BYTES],
    ['in the second file', 6, SHARD_BYTES],
  ])('that broke %s goes on in a second run, and sends no file again that had arrived', async (_where, partsBefore, arrivedBytes) => {
    await start();
    hub.strike(`put:500x9+${partsBefore}`);
    await expect(upload('org/model', { attempts: 1 })).rejects.toThrow('run the same command again later, it goes on where it stopped');
    expect(commitCount()).toBe(0);
    hub.forgive();
    await upload();

    await expectWhole();
    expect(commitCount()).toBe(1);
    expect(said.at(-1)).toContain(`${bytesText(2 * SHARD_BYTES - arrivedBytes)} were sent.`);
  });

  it('says when the token is wrong, and does not say the token', async () => {
    await start();
    const error = await upload('org/model', { token: 'hf_wrong' }).catch((reason: Error) => reason.message);

    expect(error).toContain('The hub does not know this token');
    expect(error).not.toContain('hf_wrong');
  });

  it('says when the token may not write there', async () => {
    await start();
    await expect(upload('others/model')).rejects.toThrow('This token may not write to others/model');
  });

  it('says when there is no space left, without trying for long', async () => {
    await start({ quotaBytes: SHARD_BYTES });
    await expect(upload()).rejects.toThrow('The hub has no space left for this account');
    expect(hub.received.filter(({ route }) => route === 'batch')).toHaveLength(1);
  });

  it('leaves a repository alone that holds something else, unless told otherwise', async () => {
    await start();
    await upload();
    const [config] = manifest.files.filter(({ path }) => path === 'config.json');
    writeFileSync(join(folder, 'config.json'), '{"architectures": ["Qwen2ForCausalLM"]}\n');
    const changed = await manifestFile(folder, 'config.json');
    manifest = { ...manifest, files: manifest.files.map((file) => (file === config ? changed : file)) };

    await expect(upload()).rejects.toThrow('org/model is taken: it holds other files (config.json)');
    await upload('org/model', { update: true });

    await expectWhole();
    expect(commitCount()).toBe(2);
  });
});
