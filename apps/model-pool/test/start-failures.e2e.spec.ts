import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPool } from './pool-in-process';
import type { RunningPool } from './pool-in-process';
import { Workplace } from './pool-settings';
import type { Behaviour } from './pool-settings';

/** Real processes that end as engines do: what they print last, their exit code, what the operator is told, whether it is tried again. */
const FAILURES: readonly (readonly [name: string, behaviour: Behaviour, sentence: string, status: 'failed' | 'backoff'])[] = [
  [
    'out of GPU memory',
    { exitAtStart: 1, lastWords: 'torch.OutOfMemoryError: CUDA out of memory.' },
    'lower GPU_MEMORY_UTILIZATION',
    'backoff',
  ],
  [
    'no room for the cache',
    { exitAtStart: 1, lastWords: 'ValueError: No available memory for the cache blocks.' },
    'lower MAX_MODEL_LEN',
    'failed',
  ],
  [
    'model not found',
    { exitAtStart: 1, lastWords: 'OSError: a/b is not a local folder and is not a valid model identifier' },
    'check MODEL_PATH',
    'failed',
  ],
  ['gated model', { exitAtStart: 1, lastWords: 'huggingface_hub.errors.GatedRepoError: 401 Client Error.' }, 'set HF_TOKEN', 'failed'],
  [
    'wrong number format',
    { exitAtStart: 1, lastWords: 'ValueError: Bfloat16 is only supported on GPUs with compute capability 8.0' },
    'set DTYPE',
    'failed',
  ],
  ['port taken', { exitAtStart: 1, lastWords: 'OSError: [Errno 98] Address already in use' }, 'port was taken', 'backoff'],
  [
    'driver too old',
    { exitAtStart: 1, lastWords: 'RuntimeError: The NVIDIA driver on your system is too old' },
    'update the driver',
    'failed',
  ],
  [
    'unknown architecture',
    { exitAtStart: 1, lastWords: "Model architectures ['New'] are not supported for now." },
    'does not know the architecture',
    'failed',
  ],
  ['damaged weights', { exitAtStart: 1, lastWords: 'SafetensorError: Error while deserializing header' }, 'half downloaded', 'failed'],
  ['disk full', { exitAtStart: 1, lastWords: 'OSError: [Errno 28] No space left on device' }, 'A disk is full', 'failed'],
  ['wrong arguments', { exitAtStart: 2, lastWords: 'vllm: error: unrecognized arguments: --warp' }, 'check ENGINE_ARGUMENTS', 'failed'],
  ['an error nobody knows', { exitAtStart: 3, lastWords: 'KeyError: 17' }, 'exit code 3 before it was ready. Its last lines:', 'backoff'],
  ['ready too late', { startDelayMs: 60_000 }, 'not ready after 1 s (START_TIMEOUT)', 'backoff'],
];

/** Puts a file into the model's folder. */
function withFile(modelPath: string, name: string, content: string): Record<string, string> {
  writeFileSync(join(modelPath, name), content);
  return {};
}

/** A program `vllm` that only knows its version. */
function vllmOf(folder: string, version: string): string {
  writeFileSync(join(folder, 'vllm'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  return `${join(folder, 'vllm')} serve`;
}

describe('a worker that fails to start', () => {
  let pool: RunningPool | null = null;
  const report: string[] = [];

  afterEach(async () => {
    await pool?.close();
    pool = null;
  });
  afterAll(() => process.stdout.write(`What an operator is told, and when:\n${report.join('\n')}\n`));

  it.each(FAILURES)('%s: is told with what to do', async (name, behaviour, sentence, status) => {
    const startedAt = performance.now();
    pool = await startPool(behaviour, { START_TIMEOUT: behaviour.startDelayMs === undefined ? '60' : '1', RESTART_DELAY: '30' });

    const row = await pool.client.until(({ error }) => error !== null && error !== undefined);
    const told = await pool.client.until((one) => one.status === 'failed' || one.status === 'backoff');

    report.push(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s, ${told.status}: ${row.error?.split('\n')[0]}`);
    expect(told).toMatchObject({ status, error: expect.stringContaining(sentence) });
    if (behaviour.lastWords !== undefined) expect(told.error).toContain(behaviour.lastWords);
  });

  it.each<[string, (workplace: Workplace) => Record<string, string>, string]>([
    [
      'there is no such folder',
      () => ({ MODEL_PATH: '/nowhere/model' }),
      'MODEL_PATH is "/nowhere/model", which is no file or folder here',
    ],
    ['the name on the hub is none', () => ({ MODEL_PATH: 'hf:nothing' }), 'MODEL_PATH is "hf:nothing", which is no reference to the hub'],
    ['the folder has no weights', ({ modelPath }) => withFile(modelPath, 'config.json', '{"model_type": "qwen2"}'), 'but no weights'],
    ['the weights are half there', ({ modelPath }) => withFile(modelPath, 'model.safetensors', 'half'), 'damaged or half downloaded'],
    [
      'the weights are a pointer',
      ({ modelPath }) => withFile(modelPath, 'model.safetensors', 'version https://git-lfs.github.com/spec/v1\n'),
      'git lfs pull',
    ],
    [
      'a GGUF file is none',
      ({ modelPath }) => ({ ...withFile(modelPath, 'm.gguf', '<html>'), ENGINE: 'llama-worker' }),
      'm.gguf is no GGUF file',
    ],
    [
      'a GGUF file is nothing for vLLM',
      ({ modelPath }) => ({ ...withFile(modelPath, 'm.gguf', 'GGUF'), MODEL_PATH: join(modelPath, 'm.gguf') }),
      'set ENGINE=llama-worker',
    ],
    ['vLLM is too old', ({ folder }) => ({ VLLM_COMMAND: vllmOf(folder, '0.7.3') }), '0.8 is the oldest that can be used'],
    [
      'vLLM does not know an argument any more',
      ({ folder }) => ({ VLLM_COMMAND: vllmOf(folder, '0.18.0'), ENGINE_ARGUMENTS: '["--swap-space", "4"]' }),
      '--swap-space, which vLLM had until 0.18, and this is 0.18.0: leave it out',
    ],
  ])('because %s is told before any process starts', async (_name, changes, sentence) => {
    const workplace = new Workplace();

    await expect(startPool({}, changes(workplace), workplace)).rejects.toThrow(sentence);
  });
});
