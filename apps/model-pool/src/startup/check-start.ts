import { AppError } from '@interleave/kernel';
import type { ModelPoolSettings } from '@interleave/settings';
import { planDeployment, splitCommand, visibleGpus } from '@interleave/worker-lifecycle';
import type { DeploymentPlan, DeviceInventory } from '@interleave/worker-lifecycle';
import { findCores } from '../devices/find-cores';
import { findGpus } from '../devices/find-gpus';
import { findModel } from './find-model';
import { isProgram } from './find-program';

export interface StartCheck {
  /** Null where only workers of someone else are used. */
  readonly plan: DeploymentPlan | null;
  readonly devices: DeviceInventory;
}

/**
 * Looks at the machine and decides what would be started, without starting anything.
 * @throws AppError `invalid_settings`: what does not fit together, and what to set
 */
export async function checkStart(settings: ModelPoolSettings): Promise<StartCheck> {
  const gpus = visibleGpus(await findGpus(), settings.cudaVisibleDevices);
  const cores = findCores();
  const devices: DeviceInventory = gpus.length > 0 ? { kind: 'gpu', gpus } : { kind: 'cpu', cores };
  if (settings.numModels === 0) return { plan: null, devices };
  const hasVllm = isProgram(splitCommand(settings.vllmCommand)[0] ?? '');
  const plan = planDeployment(settings, { gpus, cores, hasVllm, model: findModel(settings.modelPath) });
  if (plan.kind === 'problem') throw new AppError('invalid_settings', plan.problem);
  return { plan, devices: plan.workers[0]?.devices.kind === 'cpu' ? { kind: 'cpu', cores } : devices };
}
