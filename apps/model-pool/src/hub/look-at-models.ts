import type { ModelPoolSettings } from '@interleave/settings';
import { formatBytes } from '@interleave/worker-lifecycle';
import type { Deployment } from '../deployments/deployment';
import { createProcessTable } from '../processes/process-table';
import { hubAccessOf } from './hub-access';
import { ModelStore } from './model-store';

/**
 * Asks the hub about the models that come from there; fetches nothing.
 * @returns what is worth knowing: what will be downloaded, and where to
 * @throws AppError `invalid_settings` where one isn't there, isn't given to us, or is none that its engine reads
 */
export async function lookAtModels(deployments: readonly Deployment[], settings: ModelPoolSettings): Promise<string[]> {
  const notes: string[] = [];
  const access = hubAccessOf(settings);
  const store = new ModelStore(access, createProcessTable());
  for (const { plan } of deployments) {
    if (plan.source.kind !== 'hub') continue;
    const { missingBytes, warning } = await store.look(plan.source, new AbortController().signal);
    if (warning !== null) notes.push(warning);
    if (missingBytes > 0)
      notes.push(`${plan.model} is not here yet: ${formatBytes(missingBytes)} will be downloaded to ${access.cacheFolder}.`);
  }
  return notes;
}
