import { DockerDetachedContainers } from '@interleave/docker-runtime';
import type { ModelPoolSettings } from '@interleave/settings';
import { visibleGpus } from '@interleave/worker-lifecycle';
import type { Machine } from '@interleave/worker-lifecycle';
import { checkTogether, resolveDeployment } from '../deployments/deployment';
import type { Deployment } from '../deployments/deployment';
import { containerOptionsOf } from '../launch/container-options';
import { readDeclarations } from '../deployments/read-declarations';
import { findCores } from '../devices/find-cores';
import { findGpus } from '../devices/find-gpus';
import { lookAtModels } from '../hub/look-at-models';
import { checkContainers } from './check-containers';

export interface StartCheck {
  readonly machine: Machine;
  /** None where only workers of someone else are used. */
  readonly deployments: readonly Deployment[];
  /** About the machine and what is to run on it. */
  readonly warnings: readonly string[];
  /** Those of them that hold whatever runs on it. */
  readonly machineWarnings: readonly string[];
}

/**
 * Looks at the machine and decides what would be started, without starting anything.
 * @throws AppError `invalid_settings`: what does not fit together, and what to set
 */
export async function checkStart(settings: ModelPoolSettings): Promise<StartCheck> {
  const { gpus, links, warnings } = await findGpus();
  const machine: Machine = { gpus: visibleGpus(gpus, settings.cudaVisibleDevices), links, cores: findCores() };
  const deployments = readDeclarations(settings).map((declaration) => resolveDeployment(declaration, settings, machine));
  const together = checkTogether(deployments, machine);
  const models = await lookAtModels(deployments, settings);
  await checkContainers(
    new DockerDetachedContainers(),
    deployments.flatMap(({ plan, settings }) => containerOptionsOf(plan.engine, settings)?.image ?? []),
  );
  return { machine, deployments, warnings: [...warnings, ...together, ...models], machineWarnings: warnings };
}
