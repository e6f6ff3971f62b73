import { explainExit } from './explain-exit';

const explain = (lines: string[], end: { code?: number | null; signal?: string | null; ranOutOfMemory?: boolean } = {}) =>
  explainExit(
    {
      code: end.code === undefined ? 1 : end.code,
      signal: end.signal ?? null,
      ranOutOfMemory: end.ranOutOfMemory ?? false,
      lastLines: lines,
    },
    'before it was ready',
  );

describe('explanation of an exit', () => {
  it.each([
    ['OSError: [Errno 98] Address already in use', 'port was taken', false],
    ['Error: listen EADDRINUSE: address already in use 127.0.0.1:41001', 'port was taken', false],
    ['torch.OutOfMemoryError: CUDA out of memory. Tried to allocate', 'too little free memory', false],
    ['OSError: nope/nope is not a local folder and is not a valid model identifier listed on', 'check MODEL_PATH', true],
    ['ValueError: Invalid repository ID or local directory specified: ', 'check MODEL_PATH', true],
    ['Please pass the argument `trust_remote_code=True` to allow', 'TRUST_REMOTE_CODE', true],
    ['  Value error, Sleep mode is not supported on current platform. [type=value_error', 'set ENABLE_SLEEP_MODE=false', true],
    ['vllm: error: unrecognized arguments: --nope', 'ENGINE_ARGUMENTS', true],
    ['RuntimeError: The NVIDIA driver on your system is too old (found version 11040).', 'update the driver', true],
    ['RuntimeError: Failed to infer device type, please set the environment variable', 'found no device', true],
    ['ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.', 'set DTYPE', true],
    ["ValueError: Model architectures ['NewForCausalLM'] are not supported for now.", 'does not know the architecture', true],
    ['ValueError: User-specified max_model_len (99999) is greater than the derived max_model_len', 'lower it', true],
    ['Total number of attention heads (14) must be divisible by tensor parallel size (4).', 'a divisor', true],
    ['safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge', 'half downloaded', true],
    ['OSError: [Errno 28] No space left on device', 'disk is full', true],
    ['Temporary failure in name resolution', 'hub was not reached', false],
    ['torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp', '/dev/shm', false],
    ['Cannot access gated repo for url', 'HF_TOKEN', true],
    ['/run/interleave/environment: 1: exec: vllm: not found', 'check WORKER_IMAGE', true],
    ['[FATAL tini (7)] exec /bin/sh failed: No such file or directory', 'check WORKER_IMAGE', true],
    ["Error: Cannot find module '/app/dist/apps/llama-worker/src/main.js'", 'check WORKER_IMAGE', true],
    ["PermissionError: [Errno 13] Permission denied: '/models/config.json'", 'WORKER_USER', false],
  ])('%j has a remedy', (line, remedy, isPermanent) => {
    expect(explain(['before', line, 'after'])).toEqual({ error: expect.stringContaining(remedy), isPermanent });
  });

  it('says who ended it where nobody here did', () => {
    expect(explain([], { code: null, signal: 'SIGKILL' }).error).toContain('ran out of memory');
  });

  it('believes a container that says that memory ran out', () => {
    const { error, isPermanent } = explain(['Loading weights'], { code: null, signal: 'SIGKILL', ranOutOfMemory: true });

    expect(error).toContain('The kernel ended it because memory ran out');
    expect(isPermanent).toBe(false);
  });

  it('does not try again what refused its arguments', () => {
    expect(explain(['usage: vllm'], { code: 2 }).isPermanent).toBe(true);
  });

  it('shows the end of the output, without our own probes in it', () => {
    const lines = [
      ...Array.from({ length: 40 }, (_, index) => `line ${index}`),
      'INFO: 127.0.0.1:5 - "GET /health HTTP/1.1" 200 OK',
      'x'.repeat(5_000),
    ];
    const { error } = explain(lines);

    expect(error).toContain('line 39\nxxx');
    expect(error).not.toContain('/health');
    expect(error.length).toBeLessThan(1_000);
  });
});
