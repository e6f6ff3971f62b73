import fc from 'fast-check';
import { deploymentName, planDeployment } from './plan-deployment';
import type { DeploymentRequest, MachineFacts } from './plan-deployment';

const request: DeploymentRequest = {
  engine: 'auto',
  modelPath: 'demo',
  modelAliases: ['small', 'demo'],
  vllmCommand: 'vllm serve',
  numModels: 2,
  tensorParallelSize: 1,
};
const laptop: MachineFacts = { gpus: [], cores: [0, 1], hasVllm: false, model: { kind: 'local', folder: '/d', ggufFile: '/d/demo.gguf' } };
const gpu = { handle: '0', uuid: 'GPU-0', name: 'NVIDIA H200', memoryMib: 1 };

describe('plan of a deployment', () => {
  it('names the workers, the files and the names that the model is served under', () => {
    expect(planDeployment(request, laptop)).toMatchObject({
      kind: 'plan',
      deployment: 'demo',
      engine: 'llama-worker',
      model: '/d/demo.gguf',
      servedNames: ['demo', 'small'],
      workers: [
        { id: 'demo-0', devices: { kind: 'cpu', cores: [0] } },
        { id: 'demo-1', devices: { kind: 'cpu', cores: [1] } },
      ],
    });
  });

  it('puts llama-worker on cores also where there is a GPU', () => {
    expect(planDeployment(request, { ...laptop, gpus: [gpu] })).toMatchObject({
      workers: [{ devices: { kind: 'cpu' } }, { devices: { kind: 'cpu' } }],
    });
  });

  it('says why it can not be', () => {
    expect(planDeployment({ ...request, numModels: 3 }, laptop)).toMatchObject({
      problem: expect.stringContaining('3 models × 1 need 3 CPU cores'),
    });
  });

  it.each([
    ['demo', 'demo'],
    ['Qwen/Qwen2.5-Math-1.5B', 'Qwen2-5-Math-1-5B'],
    ['/data/models/my model/', 'my-model'],
    ['./x.Q4_K_M.gguf', 'x-Q4_K_M'],
    ['///', 'model'],
  ])('calls %j %j', (modelPath, name) => {
    expect(deploymentName(modelPath)).toBe(name);
  });

  it('makes names that are safe in paths and URLs of whatever the path is', () => {
    fc.assert(fc.property(fc.string(), (modelPath) => /^[A-Za-z0-9_-]{1,60}$/.test(deploymentName(modelPath))));
  });
});
