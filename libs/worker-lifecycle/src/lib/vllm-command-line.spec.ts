import { checkVllm } from './check-vllm';
import { splitCommand } from './split-command';
import { hasVllmFlag, vllmCommandLine } from './vllm-command-line';
import type { VllmOptions } from './vllm-command-line';
import type { VllmVersion } from './vllm-version';

const options: VllmOptions = {
  command: '"/opt/my env/bin/vllm" serve',
  version: [0, 32, 0],
  model: 'Qwen/Qwen2.5-Math-1.5B',
  isLocalModel: false,
  servedNames: ['Qwen/Qwen2.5-Math-1.5B', 'math'],
  tensorParallelSize: 2,
  gpuMemoryUtilization: 0.85,
  maxModelLength: 4096,
  dtype: 'bfloat16',
  trustRemoteCode: true,
  enableSleepMode: false,
  cpuKvCacheGib: 1,
  engineArguments: ['--max-num-seqs', '64'],
};
const endpoint = { host: '127.0.0.1', port: 41_001, apiKey: 'worker-key' };
const gpus = ['2', '3'].map((handle) => ({
  handle,
  uuid: `GPU-${handle}`,
  name: 'NVIDIA H200',
  memoryMib: null,
  usedMib: null,
  isPart: false,
}));

describe("vLLM's command line", () => {
  it('with a sleep mode', () => {
    const { arguments: words, environment } = vllmCommandLine({ ...options, enableSleepMode: true }, { kind: 'gpu', gpus }, endpoint);

    expect(words).toContain('--enable-sleep-mode');
    expect(environment).toMatchObject({ VLLM_SERVER_DEV_MODE: '1' });
  });

  it('on GPUs', () => {
    const { program, arguments: words, environment } = vllmCommandLine(options, { kind: 'gpu', gpus }, endpoint);

    expect(program).toBe('/opt/my env/bin/vllm');
    expect(words.join(' ')).toBe(
      'serve Qwen/Qwen2.5-Math-1.5B --served-model-name Qwen/Qwen2.5-Math-1.5B math --host 127.0.0.1 --port 41001 ' +
        '--tensor-parallel-size 2 --gpu-memory-utilization 0.85 --max-model-len 4096 --dtype bfloat16 --trust-remote-code --max-num-seqs 64',
    );
    expect(environment).toMatchObject({ CUDA_VISIBLE_DEVICES: '2,3', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
    expect(environment).not.toHaveProperty('HF_HUB_OFFLINE');
    expect(environment).not.toHaveProperty('VLLM_SERVER_DEV_MODE');
  });

  it('without a GPU binds each rank to cores of its own', () => {
    const plain = {
      ...options,
      model: '/models/demo',
      isLocalModel: true,
      servedNames: ['demo'],
      maxModelLength: null,
      dtype: null,
      trustRemoteCode: false,
    };
    const { arguments: words, environment } = vllmCommandLine(
      { ...plain, engineArguments: [] },
      { kind: 'cpu', cores: [0, 1, 2, 3, 4] },
      endpoint,
    );

    expect(words.join(' ')).toBe(
      'serve /models/demo --served-model-name demo --host 127.0.0.1 --port 41001 --tensor-parallel-size 2 --enforce-eager',
    );
    expect(environment).toMatchObject({ VLLM_CPU_KVCACHE_SPACE: '1', VLLM_CPU_OMP_THREADS_BIND: '0-1|2-4', HF_HUB_OFFLINE: '1' });
  });

  const COMMON =
    'serve Qwen/Qwen2.5-Math-1.5B --served-model-name Qwen/Qwen2.5-Math-1.5B math --host 127.0.0.1 --port 41001 --tensor-parallel-size 2 ' +
    '--gpu-memory-utilization 0.85 --max-model-len 4096 --dtype bfloat16 --trust-remote-code';

  it.each<[string, VllmVersion | null, string]>([
    ['0.8.0', [0, 8, 0], `${COMMON} --disable-log-requests --max-num-seqs 64`],
    ['0.9.2', [0, 9, 2], `${COMMON} --disable-log-requests --max-num-seqs 64`],
    ['0.10.0', [0, 10, 0], `${COMMON} --disable-log-requests --max-num-seqs 64`],
    ['0.10.1', [0, 10, 1], `${COMMON} --max-num-seqs 64`],
    ['0.11.0', [0, 11, 0], `${COMMON} --max-num-seqs 64`],
    ['0.12.0', [0, 12, 0], `${COMMON} --max-num-seqs 64`],
    ['0.17.0', [0, 17, 0], `${COMMON} --max-num-seqs 64`],
    ['0.32.0', [0, 32, 0], `${COMMON} --max-num-seqs 64`],
    ['an unknown release', null, `${COMMON} --max-num-seqs 64`],
  ])('of %s has only flags that it knows', (_name, version, expected) => {
    const { arguments: words } = vllmCommandLine({ ...options, version }, { kind: 'gpu', gpus }, endpoint);

    expect(words.join(' ')).toBe(expected);
    expect(checkVllm(version, options.engineArguments).problems).toEqual([]);
    for (const word of words.filter((one) => one.startsWith('--'))) expect([word, hasVllmFlag(word, version)]).toEqual([word, true]);
  });

  it('never has the key in it', () => {
    const line = vllmCommandLine(options, { kind: 'gpu', gpus }, endpoint);

    expect(JSON.stringify(line.arguments)).not.toContain('worker-key');
    expect(line.environment).toMatchObject({ VLLM_API_KEY: 'worker-key' });
  });

  it.each([
    ['vllm serve', ['vllm', 'serve']],
    ['  python -m  vllm ', ['python', '-m', 'vllm']],
    [`'a b' "c \\"d" e\\ f ''`, ['a b', 'c "d', 'e f', '']],
    ['', []],
  ])('splits %j as a shell does', (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });
});
