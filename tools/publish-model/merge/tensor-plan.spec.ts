import { mainDtype, planTensors } from './tensor-plan';

const described = (...names: string[]) => names.map((name) => ({ name, dtype: 'float32', shape: [2, 2] }));
const names = (tensors: readonly { name: string }[]): string[] => tensors.map(({ name }) => name);

describe('the plan of tensors', () => {
  it('keeps the names of a model without an adapter, whatever they begin with', () => {
    const plan = planTensors(described('model.norm.weight', 'base_model.model.odd.weight'), 'keep');

    expect(names(plan.model)).toEqual(['model.norm.weight', 'base_model.model.odd.weight']);
    expect(plan.adapter).toEqual([]);
  });

  it('sets an adapter apart from its model, both named as their files have them', () => {
    const plan = planTensors(
      described(
        'base_model.model.model.norm.weight',
        'base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight',
        'base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight',
        'base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight',
      ),
      'keep',
    );

    expect(names(plan.model)).toEqual(['model.norm.weight', 'model.layers.0.self_attn.q_proj.weight']);
    expect(names(plan.adapter)).toEqual([
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
      'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight',
    ]);
  });

  it('changes the type of numbers with a point only, and only when asked', () => {
    const tensors = [...described('w'), { name: 'count', dtype: 'int64', shape: [1] }];

    expect(planTensors(tensors, 'bfloat16').model.map(({ dtype }) => dtype)).toEqual(['bfloat16', 'int64']);
    expect(planTensors(tensors, 'keep').model.map(({ dtype }) => dtype)).toEqual(['float32', 'int64']);
  });

  it('refuses two tensors of one name', () => {
    const lora = 'base_model.model.a.lora_A.default.weight';
    expect(() => planTensors(described('base_model.model.a.weight', 'base_model.model.a.base_layer.weight', lora), 'keep')).toThrow(
      'Two tensors of the checkpoint would be called a.weight',
    );
  });

  it('takes the type of most numbers for that of the model', () => {
    expect(mainDtype([...described('a', 'b'), { name: 'c', dtype: 'bfloat16', shape: [100] }])).toBe('bfloat16');
  });
});
