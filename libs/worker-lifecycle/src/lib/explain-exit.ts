import type { ExitReport } from './worker-event';

export interface ExitExplanation {
  /** What happened and what to do, with the last lines of output. */
  readonly error: string;
  /** A new start would end the same way. */
  readonly isPermanent: boolean;
}

interface KnownCause {
  readonly pattern: RegExp;
  readonly remedy: string;
  readonly isPermanent: boolean;
}

const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    pattern: /EADDRINUSE|address already in use/i,
    remedy: 'Its port was taken by another program; the next start uses another one.',
    isPermanent: false,
  },
  {
    pattern: /GatedRepoError|gated repo|401 Client Error/i,
    remedy: 'The model needs a permission: accept its licence on the hub and set HF_TOKEN.',
    isPermanent: true,
  },
  {
    pattern:
      /is not a (local folder and is not a )?valid model identifier|Repository Not Found|RepositoryNotFound|Invalid repository ID or local directory|does not appear to have a file named config\.json|LocalEntryNotFound|OfflineModeIsEnabled/i,
    remedy: 'The model was not found: check MODEL_PATH.',
    isPermanent: true,
  },
  {
    pattern: /trust_remote_code=True|--trust-remote-code/,
    remedy: 'The model brings code of its own: set TRUST_REMOTE_CODE=true if you trust it.',
    isPermanent: true,
  },
  {
    pattern: /CUDA out of memory|OutOfMemoryError|Free memory on device/i,
    remedy: 'The GPU has too little free memory: lower GPU_MEMORY_UTILIZATION or MAX_MODEL_LEN, or stop what else uses it.',
    isPermanent: false,
  },
  {
    pattern: /No available memory for the cache blocks|KV cache is needed|maximum number of tokens that can be stored in (the )?KV cache/i,
    remedy:
      'No room for the KV cache: lower MAX_MODEL_LEN, or give the engine more memory (GPU_MEMORY_UTILIZATION, VLLM_CPU_KVCACHE_SPACE).',
    isPermanent: true,
  },
  {
    pattern: /NVIDIA driver on your system is too old|CUDA driver version is insufficient|no kernel image is available/i,
    remedy: 'The NVIDIA driver or the GPU is too old for this engine: update the driver, or install an older vLLM.',
    isPermanent: true,
  },
  {
    pattern: /Failed to infer device type|No CUDA GPUs are available|libcuda\.so\.1: cannot open/i,
    remedy: 'The engine found no device: check nvidia-smi as its user; a machine without a GPU needs the CPU build of vLLM.',
    isPermanent: true,
  },
  {
    pattern: /Bfloat16 is only supported on GPUs|dtype .{0,80}(is not supported|not supported for)|unsupported dtype|Unknown dtype/i,
    remedy: 'The engine refused the number format of the weights: set DTYPE (float16 on older GPUs).',
    isPermanent: true,
  },
  {
    pattern: /Model architectures? .{0,200}(not supported|failed to be inspected)|unknown model architecture|has no vLLM implementation/i,
    remedy: 'This version of the engine does not know the architecture of the model: update it, or choose another model.',
    isPermanent: true,
  },
  {
    pattern: /greater than the derived max_model_len|larger than the maximum context/i,
    remedy: 'MAX_MODEL_LEN is above what the model was made for: lower it.',
    isPermanent: true,
  },
  {
    pattern: /must be divisible by tensor parallel size|not divisible by .{0,40}tensor.parallel/i,
    remedy: 'The model cannot be divided so: set TENSOR_PARALLEL_SIZE to a divisor of its attention heads.',
    isPermanent: true,
  },
  {
    pattern: /SafetensorError|HeaderTooLarge|invalid magic|failed to load model|MetadataIncompleteBuffer/i,
    remedy: 'The weights cannot be read: the file is damaged or half downloaded. Fetch it again.',
    isPermanent: true,
  },
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    remedy: 'A disk is full: free some space where the model is kept (HF_HOME) or in /tmp.',
    isPermanent: true,
  },
  {
    pattern: /Temporary failure in name resolution|Max retries exceeded|Couldn't connect to|ConnectionError/i,
    remedy: 'The hub was not reached: check the network, or set HF_HUB_OFFLINE=1 and MODEL_PATH to files on this machine.',
    isPermanent: false,
  },
  {
    pattern: /exec: \S+: not found|exec \/bin\/sh failed|Cannot find module '\/app\//,
    remedy: 'The image does not have what is to be started in it: check WORKER_IMAGE (and VLLM_COMMAND).',
    isPermanent: true,
  },
  {
    pattern: /Permission denied/i,
    remedy: 'It may not read or write a file: check who may, and WORKER_USER where it runs in a container.',
    isPermanent: false,
  },
  {
    pattern: /NCCL error|ncclSystemError|ncclInternalError/i,
    remedy: 'The GPUs of one copy could not reach each other: enlarge /dev/shm, or set NCCL_P2P_DISABLE=1.',
    isPermanent: false,
  },
  {
    pattern: /Sleep mode is not supported on current platform/i,
    remedy: 'vLLM cannot sleep here: set ENABLE_SLEEP_MODE=false, and leave --enable-sleep-mode out of ENGINE_ARGUMENTS.',
    isPermanent: true,
  },
  {
    pattern: /unrecognized arguments|error: argument |invalid_settings/,
    remedy: 'The engine refused its arguments: check ENGINE_ARGUMENTS and DTYPE against its version.',
    isPermanent: true,
  },
];

/** Programs that refuse their arguments end with it by convention: argparse, getopt and the services of this repository. */
const USAGE_ERROR_CODE = 2;

const MAX_LINES = 12;
const MAX_LINE_LENGTH = 300;

/** Lines that say nothing about a failure: our own probes in an access log, the start of a web server, blank ones. */
const NOISE =
  /^\s*$|"?GET \/(health|metrics|v1\/models|is_sleeping)[ "]|Route: \S+, Methods:|Started server process|(Waiting for a|A)pplication startup/;

/** One report for people out of what is known of an exit. `phase`: in the words "before it was ready", "while it served". */
export function explainExit(report: ExitReport, phase: string): ExitExplanation {
  const cause = KNOWN_CAUSES.find(({ pattern }) => report.lastLines.some((line) => pattern.test(line)));
  const isUsageError = report.code === USAGE_ERROR_CODE;
  const remedy = cause?.remedy ?? remedyOfSignal(report);
  const sentences = [`The worker ${howItEnded(report)} ${phase}.`, ...(remedy ? [remedy] : [])];
  return { error: withLastLines(sentences.join(' '), report.lastLines), isPermanent: cause?.isPermanent ?? isUsageError };
}

export function withLastLines(sentence: string, lastLines: readonly string[]): string {
  const lines = lastLines.filter((line) => !NOISE.test(line)).slice(-MAX_LINES);
  if (lines.length === 0) return `${sentence} Its output says nothing about it.`;
  return `${sentence} Its last lines:\n${lines.map((line) => line.slice(0, MAX_LINE_LENGTH)).join('\n')}`;
}

function howItEnded({ code, signal }: ExitReport): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? 'ended' : `ended with exit code ${code}`;
}

function remedyOfSignal({ signal, ranOutOfMemory }: ExitReport): string | null {
  if (ranOutOfMemory)
    return 'The kernel ended it because memory ran out: lower MAX_MODEL_LEN or NUM_MODELS, or stop what else uses memory.';
  if (signal !== 'SIGKILL') return null;
  return 'Nobody here sent that signal: most likely the machine ran out of memory.';
}
