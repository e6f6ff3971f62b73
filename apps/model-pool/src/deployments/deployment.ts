import { createHash } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import { environmentOf, loadSettings, ModelPoolSettings } from '@interleave/settings';
import { fitMachine, planDeployment, splitCommand } from '@interleave/worker-lifecycle';
import type { DeploymentPlan, Machine, WantedDeployment } from '@interleave/worker-lifecycle';
import { findModel } from '../startup/find-model';
import { isProgram } from '../startup/find-program';
import { commandLineOf } from '../workers/worker-command-line';
import type { Declaration } from './declaration';

/** A deployment that this machine can run. */
export interface Deployment {
  readonly declaration: Declaration;
  readonly name: string;
  /** Those of model-pool with what the declaration sets. */
  readonly settings: ModelPoolSettings;
  readonly plan: DeploymentPlan;
  /** How often somebody asked for its restart: each is a new revision. */
  readonly restarts: number;
  readonly revision: string;
}

/**
 * Looks at the model and the engine that a declaration asks for.
 * @throws AppError `invalid_settings`: what does not fit together, and what to set
 */
export function resolveDeployment(declaration: Declaration, pool: ModelPoolSettings, machine: Machine, restarts = 0): Deployment {
  // Further names are those of one model: a declaration of its own doesn't inherit them.
  const names = 'MODEL_PATH' in declaration.values ? { MODEL_ALIASES: '[]' } : {};
  const settings = loadSettings(ModelPoolSettings, {
    environment: { ...names, ...declaration.values },
    file: environmentOf(ModelPoolSettings, pool),
  });
  const hasVllm = isProgram(splitCommand(settings.vllmCommand)[0] ?? '');
  const plan = planDeployment(settings, { hasGpu: machine.gpus.length > 0, hasVllm, model: findModel(settings.modelPath) });
  if (plan.kind === 'problem') throw new AppError('invalid_settings', plan.problem);
  return { declaration, name: declaration.name, settings, plan, restarts, revision: revisionOf(plan, settings, restarts) };
}

/**
 * Whether all of them can run side by side.
 * @returns warnings
 * @throws AppError `invalid_settings`
 */
export function checkTogether(deployments: readonly Deployment[], machine: Machine): readonly string[] {
  const owners = new Map<string, string>();
  const names = new Set<string>();
  for (const { name, plan } of deployments) {
    if (names.has(name)) throw new AppError('invalid_settings', `There are two deployments "${name}": give one another name.`);
    names.add(name);
    for (const served of plan.servedNames) {
      const owner = owners.get(served);
      if (owner !== undefined) {
        throw new AppError('invalid_settings', `"${served}" would be served by ${owner} and by ${name}: change model_aliases of one.`);
      }
      owners.set(served, name);
    }
  }
  const fit = fitMachine(
    deployments.map(({ name, settings, plan }) => ({ name, copies: settings.numModels, demand: plan.demand })),
    machine,
  );
  if (fit.kind === 'no-room') throw new AppError('invalid_settings', fit.problem);
  return fit.warnings;
}

export function toWanted({ name, revision, settings, plan }: Deployment): WantedDeployment {
  return { name, revision, copies: settings.numModels, demand: plan.demand };
}

/** The same exactly when a worker would be started in the same way, its devices, port and key aside. */
function revisionOf(plan: DeploymentPlan, settings: ModelPoolSettings, restarts: number): string {
  const devices = plan.demand.kind === 'gpu' ? ({ kind: 'gpu', gpus: [] } as const) : ({ kind: 'cpu', cores: [] } as const);
  const line = commandLineOf(plan, settings, devices, { host: settings.workerHost, port: 0, apiKey: '' });
  return createHash('sha256')
    .update(JSON.stringify([plan.engine, line, restarts]))
    .digest('hex')
    .slice(0, 12);
}
