import { chooseEngine } from './choose-engine';
import type { EngineFacts, EngineRequest } from './choose-engine';
import type { DeviceDemand } from './device';
import type { ModelSource } from './model-source';
import type { VllmVersion } from './vllm-version';

export interface DeploymentRequest extends EngineRequest {
  readonly modelAliases: readonly string[];
  readonly tensorParallelSize: number;
}

export interface DeploymentPlan {
  readonly kind: 'plan';
  readonly engine: 'vllm' | 'llama-worker';
  readonly vllmVersion: VllmVersion | null;
  /** Path that the engine loads, or what it is called on the hub. */
  readonly model: string;
  readonly isLocalModel: boolean;
  readonly source: ModelSource;
  readonly servedNames: readonly string[];
  /** Of one copy. */
  readonly demand: DeviceDemand;
}

export interface DeploymentProblem {
  readonly kind: 'problem';
  /** A sentence that says what to set. */
  readonly problem: string;
}

/** "Model M, tensor parallel T" on this machine: which engine runs which files on which kind of device, or why it can't be. */
export function planDeployment(request: DeploymentRequest, facts: EngineFacts): DeploymentPlan | DeploymentProblem {
  const choice = chooseEngine(request, facts);
  if (choice.kind === 'impossible') return { kind: 'problem', problem: choice.problem };
  return {
    kind: 'plan',
    engine: choice.engine,
    vllmVersion: facts.vllmVersion,
    model: choice.model,
    isLocalModel: facts.model.kind === 'local',
    source: facts.model,
    servedNames: [...new Set([request.modelPath, ...request.modelAliases])],
    demand: { kind: choice.engine === 'vllm' && facts.hasGpu ? 'gpu' : 'cpu', count: request.tensorParallelSize },
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
