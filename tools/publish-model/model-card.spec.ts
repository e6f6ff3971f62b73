import { modelCard } from './model-card';

const facts = {
  localDir: '/home/someone/checkpoints/acecoder/my-run|1/global_step_535/actor',
  architecture: 'Qwen2ForCausalLM',
  parameters: 1_543_714_304,
  dtype: 'bfloat16',
  worldSize: 8,
  fsdpVersion: 1,
  mesh: [2, 4],
  hasAdapter: false,
  hasStepRecords: true,
};

describe('a model card', () => {
  it('says what the run is known by, and not where it lay', () => {
    const card = modelCard(facts);

    expect(card).toContain('# my-run 1, step 535');
    expect(card).toContain('| parameters | 1,543,714,304 |');
    expect(card).toContain('8 ranks, FSDP 1, mesh 2 × 4');
    expect(card).toContain('step_records.zip');
    expect(card).not.toContain('/home');
  });

  it('does without a run, and names an adapter', () => {
    const card = modelCard({ ...facts, localDir: '/tmp/actor', hasAdapter: true, architecture: null });

    expect(card).toContain('# Model\n');
    expect(card).toContain('lora_adapter/');
  });
});
