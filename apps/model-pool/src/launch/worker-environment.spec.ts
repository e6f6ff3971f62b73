import { isPassedOn } from './worker-environment';

describe('the environment of a worker', () => {
  it.each([
    'PATH',
    'HOME',
    'LD_LIBRARY_PATH',
    'HF_HOME',
    'HF_TOKEN',
    'CUDA_HOME',
    'VLLM_LOGGING_LEVEL',
    'https_proxy',
    'NO_PROXY',
    'LC_ALL',
  ])('has %s of ours', (name) => {
    expect(isPassedOn(name)).toBe(true);
  });

  it.each([
    'SERVICE_TOKEN',
    'API_KEYS',
    'EXTERNAL_WORKER_KEY',
    'VLLM_API_KEY',
    'VLLM_COMMAND',
    'NODE_OPTIONS',
    'AWS_SECRET_ACCESS_KEY',
    'MYPATH',
  ])('does not have %s', (name) => {
    expect(isPassedOn(name)).toBe(false);
  });
});
