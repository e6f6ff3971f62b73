import { chooseEngine } from './choose-engine';
import type { EngineFacts, EngineRequest } from './choose-engine';
import type { DeviceGroup, Gpu } from './device';
import { placeModels } from './placement';
import type { PlacementRequest } from './placement';

export interface DeploymentRequest extends EngineRequest, PlacementRequest {
  readonly modelAliases: readonly string[];
}

/** What was found out about the machine before anything starts. */
export interface MachineFacts extends Omit<EngineFacts, 'hasGpu'> {
  /** Those that may be used. */
  readonly gpus: readonly Gpu[];
  readonly cores: readonly number[];
}

export interface PlannedWorker {
  readonly id: string;
  readonly devices: DeviceGroup;
}

export interface DeploymentPlan {
  readonly kind: 'plan';
  readonly deployment: string;
  readonly engine: 'vllm' | 'llama-worker';
  /** Path or hub id that the engine loads. */
  readonly model: string;
  readonly isLocalModel: boolean;
  readonly servedNames: readonly string[];
  readonly tensorParallelSize: number;
  readonly workers: readonly PlannedWorker[];
  readonly warnings: readonly string[];
}

export interface DeploymentProblem {
  readonly kind: 'problem';
  /** A sentence that says what to set. */
  readonly problem: string;
}

/** "Model M, N copies, tensor parallel T" on this machine: which engine runs which files on which devices, or why it can't be. */
export function planDeployment(request: DeploymentRequest, facts: MachineFacts): DeploymentPlan | DeploymentProblem {
  const choice = chooseEngine(request, { ...facts, hasGpu: facts.gpus.length > 0 });
  if (choice.kind === 'impossible') return { kind: 'problem', problem: choice.problem };
  const runsOnGpu = choice.engine === 'vllm' && facts.gpus.length > 0;
  const placement = placeModels(request, runsOnGpu ? { kind: 'gpu', gpus: facts.gpus } : { kind: 'cpu', cores: facts.cores });
  if (placement.kind === 'no-room') return { kind: 'problem', problem: placement.problem };
  const deployment = deploymentName(request.modelPath);
  return {
    kind: 'plan',
    deployment,
    engine: choice.engine,
    model: choice.model,
    isLocalModel: facts.model.kind === 'local',
    servedNames: [...new Set([request.modelPath, ...request.modelAliases])],
    tensorParallelSize: request.tensorParallelSize,
    workers: placement.groups.map((devices, index) => ({ id: `${deployment}-${index}`, devices })),
    warnings: placement.warning === null ? [] : [placement.warning],
  };
}

/** The last part of a path or hub id, in letters that file names and URLs take. */
export function deploymentName(modelPath: string): string {
  const last = modelPath.split('/').filter(Boolean).at(-1) ?? '';
  const name = last
    .replace(/\.gguf$/i, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'model' : name.slice(0, 60);
}
