import { selectedEnvironment } from '@interleave/settings';

/** What a worker may see of our environment: what programs, downloads and accelerators need. No token, no key of a client. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LD_LIBRARY_PATH|LD_PRELOAD|XDG_.*|HF_.*|HUGGING_FACE_.*|TRANSFORMERS_.*|TORCH.*|CUDA_.*|NVIDIA_.*|NCCL_.*|VLLM_.*|OMP_.*|KMP_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|(?:https?|no|all)_proxy)$/i;

/** Ours although they look like vLLM's. */
const OURS = ['VLLM_COMMAND', 'VLLM_API_KEY'];

export function isPassedOn(name: string): boolean {
  return PASSED_ON.test(name) && !OURS.includes(name);
}

/** The variable by which workers of a state directory are found when their record is lost. */
export const STATE_VARIABLE = 'INTERLEAVE_STATE_DIRECTORY';

export function workerEnvironment(own: Readonly<Record<string, string>>, stateDirectory: string): Record<string, string> {
  return { ...selectedEnvironment(isPassedOn), ...own, [STATE_VARIABLE]: stateDirectory };
}
