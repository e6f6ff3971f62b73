import { sleepModeProblem, whyNoSleep } from './sleep-mode';

describe('sleep mode', () => {
  it('is a matter of vLLM on GPUs, where it was asked for', () => {
    expect(whyNoSleep('a-0', 'vllm', 'gpu', true)).toBeNull();
    expect(whyNoSleep('a-0', 'vllm', 'gpu', false)).toContain('ENABLE_SLEEP_MODE=true');
    expect(whyNoSleep('a-0', 'vllm', 'cpu', false)).toContain('on GPUs only');
    expect(whyNoSleep('a-0', 'llama-worker', 'cpu', false)).toContain('llama-worker has no sleep mode');
  });

  it('cannot be asked for where there is none', () => {
    expect(sleepModeProblem('vllm', 'gpu', true)).toBeNull();
    expect(sleepModeProblem('vllm', 'cpu', false)).toBeNull();
    expect(sleepModeProblem('vllm', 'cpu', true)).toBe(
      'ENABLE_SLEEP_MODE is true, but vLLM has a sleep mode on GPUs only: set it to false.',
    );
    expect(sleepModeProblem('llama-worker', 'cpu', true)).toContain('llama-worker has no sleep mode');
  });
});
