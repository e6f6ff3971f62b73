import { join } from 'node:path';
import type { ModelPoolSettings } from '@interleave/settings';
import { vllmCommandLine } from '@interleave/worker-lifecycle';
import type { DeploymentPlan } from '@interleave/worker-lifecycle';
import { llamaWorkerCommandLine } from '../launch/llama-worker-command-line';
import type { WorkerSpec } from '../launch/worker-spec';
import { repositoryRoot } from '../startup/repository-root';

const LLAMA_WORKER = 'dist/apps/llama-worker/src/main.js';

/** The workers that a plan asks for, each with the way to start it. */
export function workerSpecsOf(plan: DeploymentPlan, settings: ModelPoolSettings): WorkerSpec[] {
  return plan.workers.map(({ id, devices }) => ({
    id,
    deployment: plan.deployment,
    engine: plan.engine,
    servedNames: plan.servedNames,
    devices,
    commandLine: (endpoint) => {
      if (plan.engine === 'llama-worker') {
        const program = join(repositoryRoot(), LLAMA_WORKER);
        const { parallelSequences, logLevel, engineArguments } = settings;
        const options = { program, ggufFile: plan.model, servedNames: plan.servedNames, parallelSequences, logLevel, engineArguments };
        return llamaWorkerCommandLine({ ...options, maxModelLength: settings.maxModelLen ?? null }, devices, endpoint);
      }
      const options = {
        command: settings.vllmCommand,
        model: plan.model,
        isLocalModel: plan.isLocalModel,
        servedNames: plan.servedNames,
        tensorParallelSize: plan.tensorParallelSize,
        gpuMemoryUtilization: settings.gpuMemoryUtilization,
        maxModelLength: settings.maxModelLen ?? null,
        dtype: settings.dtype ?? null,
        trustRemoteCode: settings.trustRemoteCode,
        cpuKvCacheGib: settings.vllmCpuKvcacheSpace,
        engineArguments: settings.engineArguments,
      };
      return vllmCommandLine(options, devices, endpoint);
    },
  }));
}
