import { vllmMaxRunning } from './vllm-max-running';

describe('sequences that vLLM runs at once', () => {
  it.each([
    [[], null],
    [['--enforce-eager'], null],
    [['--max-num-seqs', '64'], 64],
    [['--max-num-seqs=64', '--enforce-eager'], 64],
    [['--max_num_seqs', '64'], 64],
    [['--max-num-seqs', '64', '--max-num-seqs', '32'], 32],
    [['--max-num-seqs', '64', '--data-parallel-size', '4'], 256],
    [['-dp', '2', '--max-num-seqs=8'], 16],
    [['--max-num-seqs'], null],
    [['--max-num-seqs', 'many'], null],
    [['--max-num-seqs', '0'], null],
    [['--max-num-batched-tokens', '64'], null],
  ])('%j: %j', (engineArguments, expected) => {
    expect(vllmMaxRunning(engineArguments)).toBe(expected);
  });
});
