import { adapterConfig } from './lora-adapter';

const tensors = ['q_proj.lora_A', 'q_proj.lora_B', 'k_proj.lora_A'].map((name) => ({
  name: `base_model.model.model.layers.0.self_attn.${name}.weight`,
  dtype: 'float32',
  shape: [8, 16],
}));

describe('the configuration of an adapter', () => {
  it('comes from what the run wrote down', () => {
    expect(adapterConfig(tensors, { r: 8, lora_alpha: 32, task_type: 'CAUSAL_LM' }, undefined)).toMatchObject({
      r: 8,
      lora_alpha: 32,
      target_modules: ['k_proj', 'q_proj'],
    });
  });

  it('takes the rank from the weights where nothing is written down, and lora_alpha from the one who runs it', () => {
    expect(adapterConfig(tensors, null, 16)).toMatchObject({ r: 8, lora_alpha: 16 });
  });

  it('does not guess lora_alpha', () => {
    expect(() => adapterConfig(tensors, null, undefined)).toThrow('say --lora-alpha N');
  });
});
