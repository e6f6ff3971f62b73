import { randomUUID } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import { deriveChatTurnSeparator, resolveDialect, runTurnLoop } from '@interleave/turn-engine';
import type { ChatTurnSeparator, ChatTurnSeparatorOptions, TurnEvent, TurnPolicy } from '@interleave/turn-engine';
import type { PinoLogger } from 'nestjs-pino';
import { SandboxSession } from '../tools/sandbox-session';
import type { ToolServerClient } from '../tools/tool-server-client';
import { TrajectoryRoute } from '../workers/trajectory-route';
import type { WorkerRouting } from '../workers/worker-routing';
import type { Admission } from './admission';
import type { CompletionJob, Prompt } from './completion-job';
import type { GatewayMetrics } from './gateway-metrics';
import { HandOver } from './hand-over';
import { TokenizeCache } from './tokenize-cache';
import { TrajectoryModel } from './trajectory-model';

/** One trajectory of a job, as its reader sees it. */
export interface TrajectoryStart {
  readonly type: 'trajectory-start';
  readonly trajectoryId: string;
  readonly promptIds: readonly number[];
}

/** Something that happened in the trajectory with this index (prompt-major: prompt × n + copy). */
export interface JobEvent {
  readonly index: number;
  readonly event: TrajectoryStart | TurnEvent;
}

/** What a failed job has behind it: whether repeating the request would run code again. */
export interface JobProgress {
  hasRunTool: boolean;
}

/** Runs the trajectories of a job side by side and gives their events to one reader. */
export class TrajectoryRunner {
  private readonly tokenizeCache = new TokenizeCache();
  private readonly separators = new Map<string, Promise<ChatTurnSeparator>>();

  constructor(
    private readonly routing: WorkerRouting,
    private readonly tools: ToolServerClient,
    private readonly admission: Admission,
    private readonly metrics: GatewayMetrics,
    private readonly log: PinoLogger,
    private readonly separatorOptions: ChatTurnSeparatorOptions,
  ) {}

  /**
   * All events of all trajectories, each trajectory's in order. Leaving the iteration ends every trajectory.
   * @throws AppError the first failure of any trajectory; the others are ended
   */
  async *run(job: CompletionJob, progress: JobProgress, clientSignal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    const abort = new AbortController();
    const signal = AbortSignal.any([clientSignal, abort.signal]);
    const handOver = new HandOver<JobEvent>();
    // The first place is taken before anything is asked of a worker: a busy server says so at once.
    const firstPlace = await this.admission.enter(signal);
    let unusedPlace: (() => void) | null = firstPlace;
    try {
      const sampling = { parameters: job.sampling, seed: null, logprobs: job.logprobs };
      const model = new TrajectoryModel(new TrajectoryRoute(this.routing, job.model), sampling, this.tokenizeCache);
      const prompts = await Promise.all(job.prompts.map((prompt) => this.render(model, prompt, signal)));
      const takePlace = (): Promise<() => void> => {
        const place = unusedPlace;
        unusedPlace = null;
        return place ? Promise.resolve(place) : this.admission.enter(signal);
      };
      const running = prompts.flatMap((promptIds, promptIndex) =>
        Array.from({ length: job.n }, async (_, copy) => {
          const index = promptIndex * job.n + copy;
          const leave = await takePlace();
          try {
            await this.runOne(job, model, promptIds, index, progress, handOver, signal);
          } finally {
            leave();
          }
        }),
      );
      const all = Promise.all(running).then(
        () => handOver.close(),
        (error: unknown) => {
          handOver.fail(error);
          abort.abort(error);
        },
      );
      try {
        yield* handOver.take();
      } finally {
        abort.abort(new AppError('cancelled', 'The answer is no longer wanted.'));
        await all;
        await Promise.allSettled(running);
      }
    } finally {
      const place = unusedPlace as (() => void) | null;
      place?.();
    }
  }

  private async runOne(
    job: CompletionJob,
    promptModel: TrajectoryModel,
    promptIds: readonly number[],
    index: number,
    progress: JobProgress,
    handOver: HandOver<JobEvent>,
    signal: AbortSignal,
  ): Promise<void> {
    const trajectoryId = `traj_${randomUUID().replaceAll('-', '')}`;
    const model = promptModel.forTrajectory({
      parameters: job.sampling,
      seed: job.seed === null ? null : job.seed + index,
      logprobs: job.logprobs,
    });
    const session = new SandboxSession(this.tools, job.turns.toolTimeoutMs);
    const separator = (separatorSignal: AbortSignal): Promise<ChatTurnSeparator> => this.separatorOf(job.model, model, separatorSignal);
    const deadline = AbortSignal.timeout(job.turns.trajectoryTimeoutMs);
    const request = { promptIds, userStops: job.userStops, maxTokens: job.maxTokens, deadline };
    this.metrics.trajectories.inc();
    try {
      await handOver.give({ index, event: { type: 'trajectory-start', trajectoryId, promptIds } });
      for await (const event of runTurnLoop(request, { model, tools: session, separator }, toPolicy(job), signal)) {
        this.observe(trajectoryId, event, progress);
        await handOver.give({ index, event });
      }
    } finally {
      this.metrics.trajectories.dec();
      void session.close().then((reason) => {
        if (reason !== null) this.log.warn({ event: 'sandbox-session-not-closed', trajectory_id: trajectoryId, reason });
      });
    }
  }

  private async render(model: TrajectoryModel, prompt: Prompt, signal: AbortSignal): Promise<readonly number[]> {
    const ids = await this.idsOf(model, prompt, signal);
    if (ids.length >= model.maxContextTokens) {
      throw new AppError(
        'context_length_exceeded',
        `This model's maximum context length is ${model.maxContextTokens} tokens. However, your prompt has ${ids.length} tokens. Please shorten it.`,
        { param: prompt.kind === 'chat' ? 'messages' : 'prompt' },
      );
    }
    return ids;
  }

  private async idsOf(model: TrajectoryModel, prompt: Prompt, signal: AbortSignal): Promise<readonly number[]> {
    switch (prompt.kind) {
      case 'chat':
        return model.renderChat(prompt.messages, signal, prompt.templateOptions);
      case 'text':
        return model.tokenizePrompt(prompt.text, signal);
      case 'ids':
        await model.connect(signal);
        return prompt.ids;
    }
  }

  /** Derived once per model; a failed attempt is not kept. */
  private separatorOf(modelName: string, model: TrajectoryModel, signal: AbortSignal): Promise<ChatTurnSeparator> {
    const known = this.separators.get(modelName);
    if (known) return known;
    const derived = deriveChatTurnSeparator(model, this.separatorOptions, signal);
    this.separators.set(modelName, derived);
    derived.catch(() => this.separators.delete(modelName));
    return derived;
  }

  private observe(trajectoryId: string, event: TurnEvent, progress: JobProgress): void {
    switch (event.type) {
      case 'tool-start':
        progress.hasRunTool = true;
        return;
      case 'tool-end':
        this.metrics.toolCalls.inc({ status: event.result.status });
        this.log.debug({
          event: 'tool-call',
          trajectory_id: trajectoryId,
          turn: event.turn,
          status: event.result.status,
          wall_ms: event.result.wallMs,
        });
        return;
      case 'trajectory-end':
        this.metrics.generatedTokens.inc(event.generatedTokens);
        this.log.info({
          event: 'trajectory',
          trajectory_id: trajectoryId,
          stop_cause: event.stopCause,
          tool_calls: event.toolCalls,
          generated_tokens: event.generatedTokens,
          observed_tokens: event.observedTokens,
        });
        return;
      default:
    }
  }
}

function toPolicy(job: CompletionJob): TurnPolicy {
  const { turns } = job;
  return {
    ...resolveDialect(turns.dialect, turns.actionStopTokens),
    maxTurns: turns.maxTurns,
    minTurns: turns.minTurns,
    lastRound: turns.lastRound,
    onInvalidAction: turns.onInvalidAction,
    enableMtrl: turns.enableMtrl,
    maxObservationTokens: turns.maxObsLength,
    truncateSide: turns.truncateObsSide,
    maxTokensScope: turns.maxTokensScope,
  };
}
