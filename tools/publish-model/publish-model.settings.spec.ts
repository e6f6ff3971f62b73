import { loadSettings } from '@interleave/settings';
import { PublishModelSettings } from './publish-model.settings';

const load = (...argv: string[]) => loadSettings(PublishModelSettings, { argv });
const NEEDED = ['--local-dir', 'in', '--target-dir', 'out'];

describe('the parameters of publish-model', () => {
  it('are those of the merger that people know, with hyphens or underscores', () => {
    const settings = load(
      '--backend',
      'fsdp',
      '--hf_model_path',
      'hf',
      '--hf_upload_path',
      'org/name',
      '--local_dir',
      'in',
      '--target_dir',
      'out',
      '--private',
    );

    expect(settings).toMatchObject({
      localDir: 'in',
      hfModelPath: 'hf',
      targetDir: 'out',
      hfUploadPath: 'org/name',
      private: true,
      dtype: 'keep',
    });
  });

  it.each([
    [[...NEEDED, '--backend', 'megatron'], 'only fsdp checkpoints can be read'],
    [['--target-dir', 'out'], 'name the directory that holds model_world_size_W_rank_R.pt'],
    [['--local-dir', 'in'], 'name the directory that the merged model is to be written to'],
    [[...NEEDED, '--hf-upload-path', 'name'], 'a repository is named org/name'],
    [[...NEEDED, '--private'], '--private is about a repository'],
    [[...NEEDED, '--hf-token', 'hf_x'], 'is a secret and would be visible'],
    [[...NEEDED, '--dtype', 'int4'], 'dtype must be one of'],
  ])('are refused as %j', (argv, sentence) => {
    expect(() => load(...argv)).toThrow(sentence);
  });
});
