import fc from 'fast-check';
import type { EngineFacts } from './choose-engine';
import { deploymentName, planDeployment } from './plan-deployment';
import type { DeploymentRequest } from './plan-deployment';

const request: DeploymentRequest = {
  engine: 'auto',
  modelPath: 'demo',
  modelAliases: ['small', 'demo'],
  vllmCommand: 'vllm serve',
  tensorParallelSize: 2,
};
const laptop: EngineFacts = {
  hasGpu: false,
  hasVllm: false,
  vllmVersion: null,
  model: { kind: 'local', folder: '/d', ggufFile: '/d/demo.gguf' },
};

describe('plan of a deployment', () => {
  it('names the engine, the files and the names that the model is served under', () => {
    expect(planDeployment(request, laptop)).toEqual({
      kind: 'plan',
      engine: 'llama-worker',
      vllmVersion: null,
      model: '/d/demo.gguf',
      isLocalModel: true,
      source: laptop.model,
      servedNames: ['demo', 'small'],
      demand: { kind: 'cpu', count: 2 },
    });
  });

  it('asks for GPUs for vLLM, and for cores for llama-worker also where there is a GPU', () => {
    expect(planDeployment(request, { ...laptop, hasGpu: true })).toMatchObject({ demand: { kind: 'cpu' } });
    expect(planDeployment(request, { ...laptop, hasGpu: true, hasVllm: true })).toMatchObject({ demand: { kind: 'gpu', count: 2 } });
  });

  it('says why it can not be', () => {
    expect(planDeployment({ ...request, engine: 'vllm' }, laptop)).toMatchObject({ problem: expect.stringContaining('install vLLM') });
  });

  it.each([
    ['demo', 'demo'],
    ['Qwen/Qwen2.5-Math-1.5B', 'Qwen2-5-Math-1-5B'],
    ['/data/models/my model/', 'my-model'],
    ['./x.Q4_K_M.gguf', 'x-Q4_K_M'],
    ['hf:org/name-GGUF:Q4_K_M', 'name-GGUF-Q4_K_M'],
    ['org/name@v1.0', 'name-v1-0'],
    ['///', 'model'],
  ])('calls %j %j', (modelPath, name) => {
    expect(deploymentName(modelPath)).toBe(name);
  });

  it('makes names that are safe in paths and URLs of whatever the path is', () => {
    fc.assert(fc.property(fc.string(), (modelPath) => /^[A-Za-z0-9_-]{1,60}$/.test(deploymentName(modelPath))));
  });
});
