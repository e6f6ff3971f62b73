import { createHash } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import { environmentOf, loadSettings, ModelPoolSettings } from '@interleave/settings';
import { checkVllm, fitScaling, parseVllmVersion, planDeployment, sleepModeProblem, splitCommand } from '@interleave/worker-lifecycle';
import type { DeploymentPlan, Machine, ScalingRule } from '@interleave/worker-lifecycle';
import { containerOptionsOf, workerImageOf } from '../launch/container-options';
import { findModel } from '../startup/find-model';
import { isProgram } from '../startup/find-program';
import { findVllmVersion } from '../startup/find-vllm-version';
import { whyNotGguf, whyNotModelFolder } from '../startup/inspect-model';
import { modelSize } from '../startup/model-size';
import { commandLineOf } from '../workers/worker-command-line';
import type { Declaration } from './declaration';

/** A deployment that this machine can run. */
export interface Deployment {
  readonly declaration: Declaration;
  readonly name: string;
  /** Those of model-pool with what the declaration sets. */
  readonly settings: ModelPoolSettings;
  readonly plan: DeploymentPlan;
  /** Null where the weights are not on this machine yet. */
  readonly modelBytes: number | null;
  /** What doesn't stop it, but should be known. */
  readonly warnings: readonly string[];
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
  // In a container the engine is what the image has, not what is installed here.
  const image = settings.launcher === 'container' ? workerImageOf('vllm', settings) : null;
  const hasVllm = image !== null || isProgram(splitCommand(settings.vllmCommand)[0] ?? '');
  const vllmVersion = image !== null ? parseVllmVersion(image) : hasVllm ? findVllmVersion(settings.vllmCommand) : null;
  const facts = { hasGpu: machine.gpus.length > 0, hasVllm, vllmVersion, model: findModel(settings.modelPath) };
  const plan = planDeployment(settings, facts);
  if (plan.kind === 'problem') throw new AppError('invalid_settings', plan.problem);
  const problem = sleepModeProblem(plan.engine, plan.demand.kind, settings.enableSleepMode);
  if (problem !== null) throw new AppError('invalid_settings', problem);
  const damage = whyNotLoadable(plan, settings);
  if (damage !== null) throw new AppError('invalid_settings', damage);
  const findings = plan.engine === 'vllm' ? checkVllm(vllmVersion, settings.engineArguments) : { problems: [], warnings: [] };
  if (findings.problems.length > 0) throw new AppError('invalid_settings', findings.problems.join(' '));
  const { warnings } = findings;
  const revision = revisionOf(plan, settings, restarts);
  return { declaration, name: declaration.name, settings, plan, modelBytes: modelSize(plan.model), warnings, restarts, revision };
}

/**
 * Whether all of them can run side by side, or take turns.
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
  const fit = fitScaling(deployments.map(scalingRuleOf), machine);
  if (fit.kind === 'no-room') throw new AppError('invalid_settings', fit.problem);
  return [...deployments.flatMap(({ warnings }) => warnings), ...fit.warnings];
}

export function scalingRuleOf({ name, settings, plan }: Deployment): ScalingRule {
  const { numModels, copies, scaleUpAfter, scaleDownAfter, swapAfter } = settings;
  return {
    name,
    minCopies: copies.min,
    maxCopies: copies.max,
    startCopies: numModels,
    demand: plan.demand,
    scaleUpAfterMs: scaleUpAfter * 1000,
    scaleDownAfterMs: scaleDownAfter * 1000,
    swapAfterMs: swapAfter * 1000,
  };
}

/** What is wrong with the files that the engine would load. */
function whyNotLoadable({ source, engine, model }: DeploymentPlan, { engineArguments }: ModelPoolSettings): string | null {
  if (source.kind !== 'local') return null;
  if (engine === 'llama-worker') return whyNotGguf(model);
  // With weights made up by the engine, for measurements of speed, there are none to look at.
  return engineArguments.includes('dummy') ? null : whyNotModelFolder(model);
}

/** The same exactly when a worker would be started in the same way, its devices, port and key aside. */
function revisionOf(plan: DeploymentPlan, settings: ModelPoolSettings, restarts: number): string {
  const devices = plan.demand.kind === 'gpu' ? ({ kind: 'gpu', gpus: [] } as const) : ({ kind: 'cpu', cores: [] } as const);
  const line = commandLineOf(plan, settings, devices, { host: settings.workerHost, port: 0, apiKey: '' });
  return createHash('sha256')
    .update(JSON.stringify([plan.engine, line, restarts, containerOptionsOf(plan.engine, settings)]))
    .digest('hex')
    .slice(0, 12);
}
