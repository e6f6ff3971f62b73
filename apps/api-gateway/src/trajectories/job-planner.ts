import { AppError } from '@interleave/kernel';
import { resolveDialect } from '@interleave/turn-engine';
import type { TurnPolicy } from '@interleave/turn-engine';
import { PYTHON_TOOL } from '../tools/python-tool';
import { processKeyOf } from '../workers/process-key';
import { TrajectoryRoute } from '../workers/trajectory-route';
import { WorkerLostError } from '../workers/worker-lost';
import type { WorkerRouting } from '../workers/worker-routing';
import { callOpeningOf, checkClientTools, nativeTools } from './client-tool-rules';
import type { CompletionJob, Prompt } from './completion-job';
import type { JobModel } from './job-model';
import { TextModel } from './text-model';
import { TokenizeCache } from './tokenize-cache';
import { TrajectoryModel } from './trajectory-model';
import type { Sampling } from './trajectory-model';

const MAX_REMEMBERED = 1024;
const TEMPLATE_PROBE = [{ role: 'user', content: 'x' }];

/** How the trajectories of a job are run. */
export interface JobPlan {
  readonly model: JobModel;
  readonly policy: TurnPolicy;
  readonly sampling: Omit<Sampling, 'seed'>;
}

/** Decides by which dialect, and over ids or text, a job is run. What it learns of workers it remembers. */
export class JobPlanner {
  private readonly tokenizeCache = new TokenizeCache();
  private readonly speaksIds = new Map<string, boolean>();
  private readonly templateSamples = new Map<string, string>();

  constructor(private readonly routing: WorkerRouting) {}

  /** @throws AppError `invalid_request` where the request asks for what the dialect or the worker has no word for */
  async plan(job: CompletionJob, signal: AbortSignal): Promise<JobPlan> {
    const { turns, clientTools } = job;
    const sampling = { parameters: job.sampling, logprobs: job.logprobs };
    const isChat = job.prompts.every(({ kind }) => kind === 'chat');
    const route = new TrajectoryRoute(this.routing, job.model);
    const hasIds = turns.dialect !== 'native' && (await this.hasTokenIds(route, signal));
    const tokenModel = new TrajectoryModel(route, { ...sampling, seed: null }, this.tokenizeCache);
    const isUndecided = turns.dialect === 'auto' && turns.actionStopTokens.length === 0 && isChat && hasIds;
    const { dialect, actionStops } = resolveDialect(
      turns.dialect,
      turns.actionStopTokens,
      isUndecided ? await this.templateSample(job.model, tokenModel, signal) : '',
    );
    checkClientTools(clientTools, dialect, hasIds);
    if (dialect.isNative && !isChat)
      throw new AppError('invalid_request', 'The dialect native needs messages: use /v1/chat/completions.', {
        param: 'interleave.dialect',
      });
    if (!hasIds && job.needsTokenIds)
      throw new AppError('invalid_request', 'Token ids are not to be had: the dialect native and this worker speak text only.', {
        param: 'interleave.token_ids',
      });
    if (!hasIds && job.logprobs !== null)
      throw new AppError('invalid_request', 'logprobs are not to be had: the dialect native and this worker speak text only.', {
        param: 'logprobs',
      });
    const policy: TurnPolicy = {
      dialect,
      actionStops,
      maxTurns: turns.maxTurns,
      minTurns: turns.minTurns,
      lastRound: turns.lastRound,
      onInvalidAction: turns.onInvalidAction,
      // Where only messages go over the wire, a tool's output can't stand within the model's own turn.
      enableMtrl: turns.enableMtrl || (!hasIds && isChat),
      maxObservationTokens: turns.maxObsLength,
      truncateSide: turns.truncateObsSide,
      maxTokensScope: turns.maxTokensScope,
      earlyExecution: turns.earlyExecution,
      onFailure: turns.onChoiceFailure,
      onToolFailure: turns.onToolFailure,
      clientFunctions: clientTools.names,
      // A worker that has no ids can't be made to go on with its own answer.
      parallelClientCalls: clientTools.isParallel && (hasIds || dialect.isNative),
      callOpening: callOpeningOf(clientTools, dialect),
    };
    const declared = [...(dialect.declaresPython && turns.maxTurns > 0 ? [PYTHON_TOOL] : []), ...clientTools.definitions];
    if (hasIds) return { model: withTools(tokenModel, declared), policy, sampling };
    const parameters = { ...job.sampling, ...templateOptionsOf(job.prompts), ...nativeTools(job, declared, dialect.isNative) };
    const text = { parameters, logprobs: null };
    const model = new TextModel(route, isChat ? 'chat' : 'text', { ...text, seed: null });
    return { model, policy, sampling: text };
  }

  /** Asked of one worker; those that serve the same model are taken to be alike. */
  private async hasTokenIds(route: TrajectoryRoute, signal: AbortSignal): Promise<boolean> {
    try {
      return await route.ask(
        (client, model, worker, bounded) =>
          this.remembered(this.speaksIds, processKeyOf(worker), () => client.speaksTokenIds(model, bounded)),
        signal,
      );
    } catch (error) {
      // A worker that can't be reached is the business of whoever asks next.
      if (error instanceof WorkerLostError) return true;
      throw error;
    }
  }

  /** A conversation with a function in it, as the model's chat template writes it; empty where it has none. */
  private templateSample(name: string, model: TrajectoryModel, signal: AbortSignal): Promise<string> {
    return this.remembered(this.templateSamples, name, async () => {
      try {
        return await model.detokenize(await model.renderChat(TEMPLATE_PROBE, signal, { tools: [PYTHON_TOOL] }), signal);
      } catch (error) {
        if (error instanceof AppError && error.code === 'invalid_request') return '';
        throw error;
      }
    });
  }

  private async remembered<Value>(known: Map<string, Value>, key: string, ask: () => Promise<Value>): Promise<Value> {
    const value = known.get(key) ?? (await ask());
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(key, value);
    return value;
  }
}

/** Prompts of chats name the functions that there are. */
function withTools(model: TrajectoryModel, declared: readonly unknown[]): JobModel {
  return declared.length === 0 ? model : model.declaring(declared);
}

function templateOptionsOf(prompts: readonly Prompt[]): Readonly<Record<string, unknown>> {
  const [prompt] = prompts;
  return prompt?.kind === 'chat' ? prompt.templateOptions : {};
}
