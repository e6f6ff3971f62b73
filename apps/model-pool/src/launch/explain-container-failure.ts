interface KnownFailure {
  readonly pattern: RegExp;
  readonly remedy: (image: string) => string;
}

/** What engines say when a container can't be made or started, and what to do about it. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    pattern: /could not select device driver|nvidia-container-cli: .*(driver|library)|unknown or invalid runtime name: nvidia/i,
    remedy: () => 'The Docker engine cannot give GPUs to containers: install the NVIDIA Container Toolkit and restart the engine.',
  },
  {
    pattern: /nvidia-container-cli: .*(unknown device|device error)|unresolvable CDI devices/i,
    remedy: () => 'The Docker engine does not know the GPU: compare `nvidia-smi -L` with CUDA_VISIBLE_DEVICES.',
  },
  { pattern: /no such image/i, remedy: (image) => `There is no image ${image} on this machine: build or load it, or set WORKER_IMAGE.` },
  {
    pattern: /address already in use|port is already allocated|ports are not available/i,
    remedy: () => 'Its port was taken by another program; the next start uses another one.',
  },
  { pattern: /name .* is already in use/i, remedy: () => 'Another container has its name; the next start uses another one.' },
  {
    pattern: /bind source path does not exist|invalid mount config/i,
    remedy: () =>
      'The engine does not see a folder of this machine: check MODEL_PATH and WORKER_CACHE, and that the engine runs on this machine.',
  },
  {
    pattern: /cpus are not available|cpuset/i,
    remedy: () => 'The engine does not have the CPU cores that model-pool sees: run both on the same machine, with the same cores.',
  },
  { pattern: /no space left on device/i, remedy: () => 'A disk is full: free some space where the engine keeps its containers.' },
  {
    pattern: /ECONNREFUSED|ENOENT|EACCES|EPERM|permission denied.*sock/i,
    remedy: () => 'The Docker engine does not answer: start it, check that you may use it (`docker info`), or set LAUNCHER=process.',
  },
];

/** A sentence for people: what was tried, what to do where that is known, and what the engine said. */
export function explainContainerFailure(reason: string, image: string): string {
  const known = KNOWN_FAILURES.find(({ pattern }) => pattern.test(reason));
  const said = reason.replace(/\s+/g, ' ').trim().slice(0, 600);
  return ['The container of the worker could not be started.', ...(known ? [known.remedy(image)] : []), `The engine said: ${said}`].join(
    ' ',
  );
}
