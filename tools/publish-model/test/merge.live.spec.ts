import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeHub } from '@interleave/testing';
import { publishModel } from '../publish';
import { PublishModelSettings } from '../publish-model.settings';
import { readManifest, sha256Of } from '../verify/manifest';
import { LAYOUTS, makeCheckpoints, publishPython } from './make-checkpoints';
import type { Layout } from './make-checkpoints';
import { readModel, readSafetensors } from './read-safetensors';

/** Left out where a test is about something else: each costs an import of transformers. */
const WITHOUT_TRANSFORMERS = { checkArchitecture: false, forwardPassGb: 0 };

let root: string;
let counter = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'publish-live-'));
  makeCheckpoints(root);
});
afterAll(() => {
  // Kept for the check that serves it.
  const kept = process.env['PUBLISH_KEEP'];
  if (kept) renameSync(join(root, 'served'), kept);
  rmSync(root, { recursive: true });
});

const fresh = (name = 'out'): string => join(root, `${name}-${(counter += 1)}`);

async function publish(localDir: string, options: Partial<PublishModelSettings> = {}): Promise<{ out: string; said: string }> {
  const said: string[] = [];
  const out = options.targetDir ?? fresh();
  const settings = Object.assign(new PublishModelSettings(), { localDir, targetDir: out, publishPython: publishPython() }, options);
  await publishModel(settings, (line) => said.push(line));
  return { out, said: said.join('\n') };
}

/** A copy of a checkpoint to spoil. */
function copyOf(layout: Layout): string {
  const folder = fresh('spoilt');
  cpSync(join(root, layout, 'actor'), folder, { recursive: true });
  return folder;
}

describe('a checkpoint', () => {
  it.each(LAYOUTS)('of layout %s is merged to the weights that were never sharded, bit for bit', async (layout) => {
    const { out } = await publish(join(root, layout, 'actor'), { ...WITHOUT_TRANSFORMERS, maxShardGb: 0.001 });
    const whole = readSafetensors(join(root, layout, 'whole.safetensors'));
    const merged = readModel(out);
    const adapter = existsSync(join(out, 'lora_adapter'))
      ? readSafetensors(join(out, 'lora_adapter/adapter_model.safetensors'))
      : new Map();

    expect(merged.size + adapter.size).toBe(whole.size);
    for (const [name, tensor] of whole) {
      const isAdapter = name.includes('.lora_');
      const written = isAdapter ? name.replace('.default', '') : name.replace(/^base_model\.model\./, '').replace('.base_layer', '');
      const found = (isAdapter ? adapter : merged).get(written);
      expect([name, found?.dtype, found?.shape]).toEqual([name, tensor.dtype, tensor.shape]);
      expect(found?.bytes.equals(tensor.bytes)).toBe(true);
    }
  });

  it('is checked against its architecture, run, and written once where weights are tied', async () => {
    const { out, said } = await publish(join(root, 'fsdp2-bf16', 'actor'), { targetDir: join(root, 'served') });

    expect(said).toContain('lm_head.weight is tied and equal to its twin: it is written once.');
    expect(said).toContain('✓ Running the merged model on a few tokens');
    expect(readModel(out).has('lm_head.weight')).toBe(false);
    expect(readdirSync(out).sort()).toEqual(
      [
        'README.md',
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'publish-manifest.json',
        'special_tokens_map.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    );
    for (const { path, sha256 } of readManifest(out)?.files ?? []) expect([path, await sha256Of(join(out, path))]).toEqual([path, sha256]);
  });

  it('of a LoRA run loads without its adapter, which lies apart', async () => {
    const { out } = await publish(join(root, 'fsdp2-lora', 'actor'));

    expect(JSON.parse(readFileSync(join(out, 'lora_adapter/adapter_config.json'), 'utf8'))).toMatchObject({
      r: 8,
      lora_alpha: 16,
      target_modules: ['q_proj', 'v_proj'],
    });
  });

  it('is converted when asked, and the configuration says so', async () => {
    const { out } = await publish(join(root, 'fsdp1-fp32-sharded-tensor', 'actor'), { ...WITHOUT_TRANSFORMERS, dtype: 'bfloat16' });

    expect(new Set([...readModel(out).values()].map(({ dtype }) => dtype))).toEqual(new Set(['BF16']));
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({ dtype: 'bfloat16' });
  });

  it('goes to the hub with its step records, and a second run merges and sends nothing', async () => {
    const hub = await FakeHub.start({ partBytes: 500_000 });
    try {
      const options = {
        ...WITHOUT_TRANSFORMERS,
        targetDir: fresh(),
        hfUploadPath: 'org/demo',
        hfEndpoint: hub.url,
        hfToken: hub.token,
        stepRecords: __dirname,
      };
      const { out } = await publish(join(root, 'fsdp2-bf16', 'actor'), options);
      const sentBytes = hub.receivedFileBytes;
      const { said } = await publish(join(root, 'fsdp2-bf16', 'actor'), options);

      for (const { path } of readManifest(out)?.files ?? [])
        expect((await hub.read('org/demo', path))?.equals(readFileSync(join(out, path)))).toBe(true);
      expect(said).toContain('holds exactly these files already');
      expect(hub.receivedFileBytes).toBe(sentBytes);
      // Python's own reader takes the archive.
      const script = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))';
      expect(execFileSync(publishPython(), ['-c', script, join(out, 'step_records.zip')], { encoding: 'utf8' }).trim()).toBe(
        String(readdirSync(__dirname).length),
      );
    } finally {
      await hub.stop();
    }
  });
});

describe('a checkpoint that is wrong', () => {
  const rank = (number: number, worldSize = 2): string => `model_world_size_${worldSize}_rank_${number}.pt`;
  const refused = async (folder: string, options: Partial<PublishModelSettings> = WITHOUT_TRANSFORMERS): Promise<string> => {
    const out = fresh();
    const sentence = await publish(folder, { ...options, targetDir: out }).then(
      () => 'it was merged',
      (error: Error) => error.message,
    );
    expect(existsSync(join(out, 'model.safetensors'))).toBe(false);
    return sentence;
  };

  it('is named by the file that is cut off', async () => {
    const folder = copyOf('fsdp2-bf16');
    truncateSync(join(folder, rank(1)), 500_000);

    expect(await refused(folder)).toContain(`${rank(1)} is cut off or damaged`);
  });

  it('is named by the file with a wrong bit', async () => {
    const folder = copyOf('fsdp2-bf16');
    const file = openSync(join(folder, rank(1)), 'r+');
    writeSync(file, Buffer.from([0xaa, 0x55, 0xaa]), 0, 3, 600_000);
    closeSync(file);

    expect(await refused(folder)).toContain(`${rank(1)} is damaged: the checksum`);
  });

  it.each<Layout>(['fsdp2-bf16', 'fsdp1-bf16', 'fsdp1-fp32-sharded-tensor'])(
    'is named by the ranks that are mixed up (%s)',
    async (layout) => {
      const folder = copyOf(layout);
      renameSync(join(folder, rank(0)), join(folder, 'x'));
      renameSync(join(folder, rank(1)), join(folder, rank(0)));
      renameSync(join(folder, 'x'), join(folder, rank(1)));

      expect(await refused(folder)).toContain(`${rank(0)} holds what rank 1 wrote`);
    },
  );

  it('is named by the rank that lies there twice', async () => {
    const folder = copyOf('fsdp2-bf16');
    copyFileSync(join(folder, rank(0)), join(folder, rank(1)));

    expect(await refused(folder)).toContain(`${rank(1)} holds what rank 0 wrote`);
  });

  it('is named by the rank of another run', async () => {
    const folder = copyOf('fsdp2-bf16');
    copyFileSync(join(root, 'fsdp2-fp32-untied/actor', rank(1)), join(folder, rank(1)));

    expect(await refused(folder)).toContain(`${rank(0)} and ${rank(1)} are not of the same checkpoint`);
  });

  it('is named by the copies that differ, in a mesh that keeps two', async () => {
    const folder = copyOf('fsdp2-ddp-x-fsdp');
    const script = `import sys, zipfile
source, target = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for entry in source.infolist():
    data = source.read(entry)
    target.writestr(entry.filename, bytes([data[0] ^ 1]) + data[1:] if entry.filename.endswith("data/0") else data)
target.close()`;
    execFileSync(publishPython(), ['-c', script, join(folder, rank(3, 4)), join(folder, 'x')]);
    renameSync(join(folder, 'x'), join(folder, rank(3, 4)));

    expect(await refused(folder)).toContain(`${rank(1, 4)} and ${rank(3, 4)} should hold the same part of`);
  });

  it('is refused when the files are of more ranks than there are', async () => {
    const folder = copyOf('fsdp2-three-ranks');
    for (const number of [0, 1]) renameSync(join(folder, rank(number, 3)), join(folder, rank(number)));
    rmSync(join(folder, rank(2, 3)));
    rmSync(join(folder, 'fsdp_config.json'));

    expect(await refused(folder)).toContain(`${rank(0)} is one of 3 ranks, but there are files of 2`);
  });

  it('never gets its code run', async () => {
    const folder = copyOf('fsdp2-one-rank');
    const mark = join(root, 'was-run');
    const script = `import os, sys, torch
class Evil:
    def __reduce__(self):
        return (os.system, ("touch " + sys.argv[2],))
torch.save({"model.norm.weight": Evil()}, sys.argv[1])`;
    execFileSync(publishPython(), ['-c', script, join(folder, rank(0, 1)), mark]);

    expect(await refused(folder)).toMatch(
      /model_world_size_1_rank_0\.pt wants to run (posix|nt|os)\.system when it is read.* It was not run\./,
    );
    expect(existsSync(mark)).toBe(false);
  });

  it('is refused as the checkpoint of an optimizer', async () => {
    const folder = copyOf('fsdp2-one-rank');
    execFileSync(publishPython(), [
      '-c',
      'import sys, torch; torch.save({"state": {}, "param_groups": []}, sys.argv[1])',
      join(folder, rank(0, 1)),
    ]);

    expect(await refused(folder)).toContain('is no tensor: is this the model');
  });

  it('is refused with the configuration of another model', async () => {
    const folder = copyOf('fsdp2-bf16');
    const config = join(folder, 'huggingface/config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"intermediate_size": 352', '"intermediate_size": 512'));

    expect(await refused(folder, { forwardPassGb: 0 })).toContain(
      'but config.json asks for [512, 128]: take --hf-model-path from the same run',
    );
  });
});
