import type { ModelPoolSettings } from './model-pool.settings';

/** Parameters of model-pool that each deployment may set for itself. */
export const DEPLOYMENT_PARAMETERS = [
  'modelPath',
  'modelAliases',
  'numModels',
  'minModels',
  'maxModels',
  'scaleUpAfter',
  'scaleDownAfter',
  'swapAfter',
  'tensorParallelSize',
  'engine',
  'vllmCommand',
  'launcher',
  'workerImage',
  'workerUser',
  'workerSharedMemory',
  'workerCache',
  'workerEnvironment',
  'engineArguments',
  'gpuMemoryUtilization',
  'maxModelLen',
  'dtype',
  'enableSleepMode',
  'vllmCpuKvcacheSpace',
  'trustRemoteCode',
  'parallelSequences',
  'startTimeout',
] as const satisfies readonly (keyof ModelPoolSettings)[];

/** Of these, what only whoever starts model-pool may set: it decides which programs run, and what of this machine they see. */
export const OPERATOR_PARAMETERS: readonly (keyof ModelPoolSettings)[] = [
  'vllmCommand',
  'trustRemoteCode',
  'launcher',
  'workerImage',
  'workerUser',
  'workerSharedMemory',
  'workerCache',
  'workerEnvironment',
];
