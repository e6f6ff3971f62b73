import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NVIDIA_SMI_QUERY, parseNvidiaSmi } from '@interleave/worker-lifecycle';
import type { Gpu } from '@interleave/worker-lifecycle';

const run = promisify(execFile);

/** The GPUs of this machine as nvidia-smi lists them; none where there is no driver. */
export async function findGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await run('nvidia-smi', [...NVIDIA_SMI_QUERY], { timeout: 20_000, maxBuffer: 1024 * 1024 });
    return parseNvidiaSmi(stdout);
  } catch (_noDriver) {
    return [];
  }
}
