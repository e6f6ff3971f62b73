import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRankFiles } from '../checkpoint/rank-files';
import { MANIFEST } from '../verify/manifest';
import { readSideFiles, withDtype } from './side-files';
import { TargetFolder } from './target-folder';

describe('the directories of a run', () => {
  let folder: string;
  const put = (names: readonly string[], place = folder): void => {
    mkdirSync(place, { recursive: true });
    for (const name of names) writeFileSync(join(place, name), name.endsWith('.json') ? '{}' : 'x');
  };
  const ranks = (worldSize: number, ...which: number[]): string[] => which.map((rank) => `model_world_size_${worldSize}_rank_${rank}.pt`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'publish-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe('with shards', () => {
    it('give their files in the order of the ranks', () => {
      put([...ranks(12, ...Array(12).keys()), 'optim_world_size_12_rank_0.pt', 'extra_state_world_size_12_rank_0.pt']);

      expect(findRankFiles(folder).files.map(({ name }) => name)).toEqual(ranks(12, ...Array(12).keys()));
    });

    it.each([
      ['a rank is missing', ranks(3, 0, 2), 'model_world_size_3_rank_1.pt of 3 shards is missing'],
      ['several ranks are missing', ranks(4, 3), 'model_world_size_4_rank_0.pt and 2 more of 4 shards are missing'],
      ['two runs are mixed', [...ranks(2, 0, 1), ...ranks(3, 2)], 'shards of runs with 2 and with 3 ranks'],
      ['there is a rank too much', ranks(2, 0, 1, 2), 'model_world_size_2_rank_2.pt is of no rank'],
      ['there are none', ['optim_world_size_1_rank_0.pt'], 'holds no model_world_size_W_rank_R.pt files. Name the actor/'],
      ['the model is merged', ['model.safetensors'], 'It is merged already'],
    ])('say when %s', (_what, names, sentence) => {
      put(names);
      expect(() => findRankFiles(folder)).toThrow(sentence);
    });

    it('say when the run had another number of ranks', () => {
      put(ranks(2, 0, 1));
      writeFileSync(join(folder, 'fsdp_config.json'), '{"FSDP_version": 2, "world_size": 4}');
      expect(() => findRankFiles(folder)).toThrow('fsdp_config.json says that 4 ranks wrote this checkpoint, but the files are of 2');
    });

    it('name the directory that was meant', () => {
      put(ranks(1, 0), join(folder, 'global_step_20/actor'));
      put([], join(folder, 'global_step_9/actor'));

      expect(() => findRankFiles(join(folder, 'global_step_20'))).toThrow(
        `Did you mean --local-dir ${join(folder, 'global_step_20/actor')}?`,
      );
      expect(() => findRankFiles(folder)).toThrow(`Did you mean --local-dir ${join(folder, 'global_step_20/actor')}?`);
      expect(() => findRankFiles(join(folder, 'nowhere'))).toThrow('is no directory that can be read');
    });

    it('say when a shard is empty', () => {
      writeFileSync(join(folder, ranks(1, 0)[0] ?? ''), '');
      expect(() => findRankFiles(folder)).toThrow('model_world_size_1_rank_0.pt is empty');
    });
  });

  describe('with the configuration', () => {
    it('give everything but weights', () => {
      put([
        'config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'chat_template.jinja',
        'modeling_own.py',
        'model.safetensors',
        'pytorch_model.bin.index.json',
      ]);

      expect(readSideFiles(folder).names).toEqual([
        'chat_template.jinja',
        'config.json',
        'modeling_own.py',
        'tokenizer.json',
        'tokenizer_config.json',
      ]);
    });

    it.each([
      ['config.json', ['tokenizer.json', 'tokenizer_config.json'], 'has no config.json'],
      ['a tokenizer', ['config.json', 'vocab.json', 'tokenizer_config.json'], 'has no tokenizer (tokenizer.json'],
      ['the settings of the tokenizer', ['config.json', 'tokenizer.json'], 'has no tokenizer_config.json'],
    ])('say when %s is missing', (_what, names, sentence) => {
      put(names);
      expect(() => readSideFiles(folder)).toThrow(sentence);
    });

    it('say when config.json is broken', () => {
      put(['config.json', 'tokenizer.json', 'tokenizer_config.json']);
      writeFileSync(join(folder, 'config.json'), '{"architectures": [');
      expect(() => readSideFiles(folder)).toThrow('config.json is not a JSON object');
    });

    it('get the type of the weights under the name that they use', () => {
      expect(withDtype({ torch_dtype: 'float32' }, 'bfloat16')).toEqual({ torch_dtype: 'bfloat16' });
      expect(withDtype({}, 'bfloat16')).toEqual({ dtype: 'bfloat16' });
    });
  });

  describe('to write to', () => {
    it('may be new, empty, the one with the configuration, or one of an earlier run', () => {
      put(['config.json'], join(folder, 'huggingface'));
      put([MANIFEST, 'model.safetensors'], join(folder, 'earlier'));
      put([], join(folder, 'empty'));

      for (const name of ['new', 'empty', 'huggingface', 'earlier']) {
        expect(() => TargetFolder.check(join(folder, name), join(folder, 'huggingface'))).not.toThrow();
      }
    });

    it('may not hold other things', () => {
      put(['config.json', 'model.safetensors'], join(folder, 'huggingface'));
      put(['thesis.tex'], join(folder, 'home'));

      expect(() => TargetFolder.check(join(folder, 'huggingface'), join(folder, 'huggingface'))).toThrow('already holds weights');
      expect(() => TargetFolder.check(join(folder, 'home'), join(folder, 'huggingface'))).toThrow('is not empty (thesis.tex)');
    });

    it('say when the disk is too small, and leave nothing', async () => {
      await expect(TargetFolder.open(join(folder, 'out'), 1e9, async () => 1e8)).rejects.toThrow(
        'has 100 MB free, and the model needs 1.06 GB',
      );
      expect(readdirSync(join(folder, 'out'))).toEqual([]);
    });

    it('say when they cannot be written to', async () => {
      put(['file']);
      await expect(TargetFolder.open(join(folder, 'file/out'), 1)).rejects.toThrow("can't be written: a part of the path is a file");
    });

    it('show the files only when all are there', async () => {
      const target = await TargetFolder.open(join(folder, 'out'), 1);
      writeFileSync(await target.place('config.json'), '{}');
      writeFileSync(await target.place('lora_adapter/adapter_config.json'), '{}');
      expect(readdirSync(join(folder, 'out'))).toEqual(['.publish-model.partial']);

      await target.commit(['config.json', 'lora_adapter/adapter_config.json']);
      expect(readdirSync(join(folder, 'out')).sort()).toEqual(['config.json', 'lora_adapter']);
    });
  });
});
