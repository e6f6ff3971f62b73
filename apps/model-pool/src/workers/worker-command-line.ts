import { join } from 'node:path';
import type { ModelPoolSettings } from '@interleave/settings';
import { vllmCommandLine } from '@interleave/worker-lifecycle';
import type { CommandLine, DeploymentPlan, DeviceGroup, WorkerEndpoint } from '@interleave/worker-lifecycle';
import { llamaWorkerCommandLine } from '../launch/llama-worker-command-line';
import { repositoryRoot } from '../startup/repository-root';

const LLAMA_WORKER = 'dist/apps/llama-worker/src/main.js';
/** Where our image of it has the repository. */
const IMAGE_ROOT = '/app';

/** How one worker of a deployment is started on its devices. @param path of the model's files, where they came from the hub */
export function commandLineOf(
  plan: DeploymentPlan,
  settings: ModelPoolSettings,
  devices: DeviceGroup,
  endpoint: WorkerEndpoint,
  path?: string,
): CommandLine {
  const { servedNames } = plan;
  const { engineArguments } = settings;
  const maxModelLength = settings.maxModelLen ?? null;
  if (plan.engine === 'llama-worker') {
    const isContained = settings.launcher === 'container';
    const program = join(isContained ? IMAGE_ROOT : repositoryRoot(), LLAMA_WORKER);
    const { parallelSequences, logLevel } = settings;
    const options = { program, ggufFile: path ?? plan.model, servedNames, maxModelLength, parallelSequences, logLevel, engineArguments };
    const line = llamaWorkerCommandLine(options, devices, endpoint);
    return isContained ? { ...line, program: 'node' } : line;
  }
  const options = {
    command: settings.vllmCommand,
    version: plan.vllmVersion,
    model: path ?? plan.model,
    // Code of the model may lie in another repository, which is fetched when it is needed.
    isLocalModel: plan.isLocalModel || (path !== undefined && !settings.trustRemoteCode),
    servedNames,
    tensorParallelSize: plan.demand.count,
    gpuMemoryUtilization: settings.gpuMemoryUtilization,
    maxModelLength,
    dtype: settings.dtype ?? null,
    trustRemoteCode: settings.trustRemoteCode,
    enableSleepMode: settings.enableSleepMode,
    cpuKvCacheGib: settings.vllmCpuKvcacheSpace,
    engineArguments,
  };
  return vllmCommandLine(options, devices, endpoint);
}
