import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NVIDIA_SMI_LIST, NVIDIA_SMI_QUERY, NVIDIA_SMI_TOPOLOGY, parseGpuTopology, parseNvidiaSmi } from '@interleave/worker-lifecycle';
import type { GpuFindings, GpuLinks } from '@interleave/worker-lifecycle';

const run = promisify(execFile);

/** The GPUs of this machine as nvidia-smi lists them; none where there is no driver. */
export async function findGpus(): Promise<GpuFindings & { readonly links: GpuLinks }> {
  const query = await nvidiaSmi(NVIDIA_SMI_QUERY);
  const [list, topology] = query === '' ? ['', ''] : await Promise.all([nvidiaSmi(NVIDIA_SMI_LIST), nvidiaSmi(NVIDIA_SMI_TOPOLOGY)]);
  return { ...parseNvidiaSmi(query, list), links: parseGpuTopology(topology) };
}

/** What it prints; also where it ends with an error, for one lost GPU is one, and the others are listed all the same. */
async function nvidiaSmi(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('nvidia-smi', [...args], { timeout: 20_000, maxBuffer: 1024 * 1024 });
    return stdout;
  } catch (error) {
    const output: unknown = error !== null && typeof error === 'object' ? Reflect.get(error, 'stdout') : '';
    return typeof output === 'string' ? output : '';
  }
}
