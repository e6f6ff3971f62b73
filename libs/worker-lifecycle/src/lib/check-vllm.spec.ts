import fc from 'fast-check';
import { checkVllm } from './check-vllm';

describe('a vLLM of some release', () => {
  it.each([['0.7.3', [0, 7, 3], 'This is vLLM 0.7.3, and 0.8 is the oldest that can be used']])(
    '%s is refused',
    (_name, version, sentence) => {
      expect(checkVllm(version, []).problems).toEqual([expect.stringContaining(sentence)]);
    },
  );

  it.each<[string, number[], string[], string]>([
    ['asked too early', [0, 10, 0], ['--runner', 'pooling'], '--runner, which vLLM has since 0.10.1, and this is 0.10.0'],
    ['gone', [0, 13], ['--task', 'generate'], '--task, which vLLM had until 0.13, and this is 0.13: use --runner and --convert.'],
    ['gone for long', [0, 32, 0], ['--swap-space=4'], '--swap-space, which vLLM had until 0.18'],
    ['written with underscores', [0, 32, 0], ['--num_scheduler_steps', '8'], '--num-scheduler-steps, which vLLM had until 0.10.1'],
    ['of several words', [0, 8, 5], ['--speculative-model', 'x'], 'use --speculative-config, a JSON object'],
    ['negated', [0, 9], ['--no-async-scheduling'], '--async-scheduling, which vLLM has since 0.10'],
    ['ours', [0, 32], ['--api-key', 'secret'], '--api-key, which model-pool sets itself'],
  ])('does not know a flag that is %s: which, since or until when, and what instead', (_name, version, words, sentence) => {
    const { problems } = checkVllm(version, words);

    expect(problems).toEqual([expect.stringContaining(sentence)]);
    expect(problems.join()).not.toContain('secret');
  });

  it('takes what it knows without a word', () => {
    const words = ['--max-num-seqs', '64', '--enable-sleep-mode', '-O3', '--compilation-config.level', '3', '--no-enable-prefix-caching'];

    expect(checkVllm([0, 32, 0], words)).toEqual({ problems: [], warnings: [] });
    expect(checkVllm(null, words)).toEqual({ problems: [], warnings: [] });
  });

  it('only warns of a flag that nobody knows, of a newer release and of one without token ids', () => {
    expect(checkVllm([0, 32, 0], ['--warp', '9'])).toEqual({ problems: [], warnings: [expect.stringContaining('--warp')] });
    expect(checkVllm([0, 99, 1], [])).toEqual({ problems: [], warnings: [expect.stringContaining('vLLM 0.99.1 is newer')] });
    expect(checkVllm([0, 10, 1, 1], [])).toEqual({ problems: [], warnings: [expect.stringContaining('no token ids')] });
    expect(checkVllm([0, 10, 2], [])).toEqual({ problems: [], warnings: [] });
  });

  it('finds one word for any arguments', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.nat(40), { maxLength: 4 }), (words, version) => {
        const { problems, warnings } = checkVllm(version, words);
        return [...problems, ...warnings].every((sentence) => sentence.endsWith('.'));
      }),
    );
  });
});
