import { chooseEngine } from './choose-engine';
import type { EngineFacts, EngineRequest } from './choose-engine';
import type { ModelSource } from './model-source';

const demo: ModelSource = { kind: 'local', folder: '/models/demo', ggufFile: '/models/demo/demo.gguf' };
const gguf: ModelSource = { kind: 'local', folder: null, ggufFile: '/m.gguf' };
const folder: ModelSource = { kind: 'local', folder: '/m', ggufFile: null };
const hub: ModelSource = { kind: 'hub', id: 'Qwen/Qwen2.5-Math-1.5B', revision: null, gguf: null };
const hubGguf: ModelSource = { kind: 'hub', id: 'o/m-GGUF', revision: null, gguf: { kind: 'any' } };

function choose(engine: EngineRequest['engine'], model: ModelSource, machine: Partial<EngineFacts> = {}): string {
  const request = { engine, modelPath: model.kind === 'hub' ? model.id : 'm', vllmCommand: 'vllm serve' };
  const choice = chooseEngine(request, { hasGpu: false, hasVllm: false, vllmVersion: null, model, ...machine });
  return choice.kind === 'chosen' ? `${choice.engine} ${choice.model}` : choice.problem;
}

const gpuAndVllm = { hasGpu: true, hasVllm: true };

describe('choice of the engine', () => {
  it.each<[EngineRequest['engine'], ModelSource, Partial<EngineFacts>, string]>([
    ['auto', demo, gpuAndVllm, 'vllm /models/demo'],
    ['auto', demo, { hasVllm: true }, 'llama-worker /models/demo/demo.gguf'],
    ['auto', demo, { hasGpu: true }, 'llama-worker /models/demo/demo.gguf'],
    ['auto', gguf, gpuAndVllm, 'llama-worker /m.gguf'],
    ['auto', hub, gpuAndVllm, 'vllm Qwen/Qwen2.5-Math-1.5B'],
    ['auto', hubGguf, gpuAndVllm, 'llama-worker o/m-GGUF'],
    ['llama-worker', hubGguf, {}, 'llama-worker o/m-GGUF'],
    ['vllm', hub, { hasVllm: true }, 'vllm Qwen/Qwen2.5-Math-1.5B'],
    ['vllm', demo, { hasVllm: true }, 'vllm /models/demo'],
    ['llama-worker', demo, gpuAndVllm, 'llama-worker /models/demo/demo.gguf'],
  ])('%s for %j with %j is %s', (engine, model, machine, expected) => {
    expect(choose(engine, model, machine)).toBe(expected);
  });

  it.each<[EngineRequest['engine'], ModelSource, Partial<EngineFacts>, string]>([
    [
      'auto',
      hub,
      {},
      "Qwen/Qwen2.5-Math-1.5B needs vLLM and a GPU, and this machine has no GPU that is visible to it. Set MODEL_PATH to a GGUF file for llama-worker, or ENGINE=vllm to run vLLM's CPU build.",
    ],
    ['auto', hub, { hasGpu: true }, 'there is no program "vllm": install vLLM, or set VLLM_COMMAND.'],
    ['vllm', demo, {}, 'ENGINE is vllm, but VLLM_COMMAND is "vllm serve", and there is no program "vllm"'],
    ['llama-worker', folder, {}, 'needs a GGUF file'],
    ['llama-worker', hub, {}, 'hf:organisation/name-GGUF:Q4_K_M'],
    ['vllm', gguf, gpuAndVllm, 'set ENGINE=llama-worker'],
    ['vllm', hubGguf, gpuAndVllm, 'set ENGINE=llama-worker'],
    ['auto', { kind: 'unusable', problem: 'It is broken.' }, gpuAndVllm, 'It is broken.'],
    ['auto', { kind: 'local', folder: null, ggufFile: null }, gpuAndVllm, 'a folder with neither a config.json nor a GGUF file'],
    ['auto', { kind: 'missing', path: './nope' }, {}, 'MODEL_PATH is "./nope", which is no file or folder here'],
  ])('%s for %j with %j says what to do', (engine, model, machine, sentence) => {
    expect(choose(engine, model, machine)).toContain(sentence);
  });
});
