import { setMaxListeners } from 'node:events';
import { AppError, LinkedAbort } from '@interleave/kernel';
import { deriveChatTurnSeparator, runTurnLoop, TrajectoryTimeout } from '@interleave/turn-engine';
import type { ChatTurnSeparator, ChatTurnSeparatorOptions, TurnEvent } from '@interleave/turn-engine';
import type { PinoLogger } from 'nestjs-pino';
import { newId } from '../new-id';
import { SandboxSession } from '../tools/sandbox-session';
import type { ResumedSession } from '../tools/sandbox-session';
import type { SessionSeal } from '../tools/session-seal';
import type { ToolServerClient } from '../tools/tool-server-client';
import type { WorkerRouting } from '../workers/worker-routing';
import type { Admission } from './admission';
import type { CompletionJob, Prompt } from './completion-job';
import type { GatewayMetrics } from './gateway-metrics';
import { JobPlanner } from './job-planner';
import type { JobPlan } from './job-planner';
import type { JobModel } from './job-model';

/** One trajectory of a job, as its reader sees it. */
export interface TrajectoryStart {
  readonly type: 'trajectory-start';
  readonly trajectoryId: string;
  readonly promptIds: readonly number[];
  /** Whether the ids are the model's own. */
  readonly speaksTokenIds: boolean;
}

/** The sandbox session of a trajectory stays for a follow-up, under this id. */
export interface SessionKept {
  readonly type: 'session-kept';
  readonly sessionId: string;
}

/** Something that happened in the trajectory with this index (prompt-major: prompt × n + copy). */
export interface JobEvent {
  readonly index: number;
  readonly event: TrajectoryStart | SessionKept | TurnEvent;
}

/** Hears of a job, event by event; where it answers with a promise, the trajectory goes on once that is kept. */
export type JobListener = (event: JobEvent) => Promise<void> | undefined;

/** What a failed job has behind it: whether repeating the request would run code again. */
export interface JobProgress {
  hasRunTool: boolean;
}

/** What the trajectories of a job have in common. */
interface RunningJob {
  readonly job: CompletionJob;
  readonly plan: JobPlan;
  readonly resumed: ResumedSession | null;
  readonly progress: JobProgress;
  readonly tell: JobListener;
}

/** Runs the trajectories of a job side by side and tells one listener of their events. */
export class TrajectoryRunner {
  private readonly planner: JobPlanner;
  private readonly separators = new Map<string, Promise<ChatTurnSeparator>>();

  constructor(
    routing: WorkerRouting,
    private readonly tools: ToolServerClient,
    private readonly admission: Admission,
    private readonly metrics: GatewayMetrics,
    private readonly log: PinoLogger,
    private readonly separatorOptions: Omit<ChatTurnSeparatorOptions, 'role'> & { readonly role: string | null },
    private readonly seal: SessionSeal,
  ) {
    this.planner = new JobPlanner(routing);
  }

  /**
   * Tells all events of all trajectories, each trajectory's in order.
   * @throws AppError the first failure of any trajectory; the others are ended
   */
  async run(job: CompletionJob, progress: JobProgress, listener: JobListener, clientSignal: AbortSignal): Promise<void> {
    const resumed = resumedBy(job, this.seal);
    const claim = { model: job.model, needsSandbox: job.turns.maxTurns > 0 };
    // The first place is taken before anything is asked of a worker: a busy server says so at once.
    let unusedPlace: (() => void) | null = await this.admission.enter(claim, clientSignal);
    const abort = new LinkedAbort(clientSignal);
    const { signal } = abort;
    // One listener for each trajectory.
    setMaxListeners(0, signal);
    let failure: { readonly error: unknown } | null = null;
    // Of a job that has failed nobody hears any more.
    const tell: JobListener = (event) => (failure === null ? listener(event) : undefined);
    try {
      const plan = await this.planner.plan(job, signal);
      const prompts = await Promise.all(job.prompts.map((prompt) => render(plan.model, prompt, signal)));
      const shared: RunningJob = { job, plan, resumed, progress, tell };
      const running: Promise<void>[] = [];
      const fail = (error: unknown): void => {
        failure ??= { error };
        abort.abort(error);
      };
      const startAll = async (): Promise<void> => {
        for (let index = 0; index < prompts.length * job.n; index += 1) {
          // One waits at a time, so that large requests don't push small ones back; a request that is larger than the server runs in waves.
          const leave = unusedPlace ?? (await this.admission.enterNext(claim, signal));
          unusedPlace = null;
          const promptIds = prompts[Math.floor(index / job.n)] ?? [];
          const trajectory = this.runOne(shared, promptIds, index, signal).finally(leave);
          trajectory.catch(fail);
          running.push(trajectory);
        }
        await Promise.all(running);
      };
      await startAll().catch(fail);
      await Promise.allSettled(running);
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
    } finally {
      (unusedPlace as (() => void) | null)?.();
      abort.release();
    }
  }

  private async runOne(
    { job, plan, resumed, progress, tell }: RunningJob,
    promptIds: readonly number[],
    index: number,
    signal: AbortSignal,
  ): Promise<void> {
    const trajectoryId = newId('traj_');
    const model = plan.model.forTrajectory({ ...plan.sampling, seed: job.seed === null ? null : job.seed + index });
    const style = plan.policy.dialect.report === 'described' ? 'notebook' : 'script';
    const session = new SandboxSession(this.tools, { timeoutMs: job.turns.toolTimeoutMs, style, isLive: job.isLive }, resumed);
    const role = this.separatorOptions.role ?? plan.policy.dialect.mtrlRole;
    const separator = (separatorSignal: AbortSignal): Promise<ChatTurnSeparator> =>
      this.separatorOf(job.model, model, role, separatorSignal);
    const request = { promptIds, userStops: job.userStops, maxTokens: job.maxTokens };
    const abort = new LinkedAbort(signal);
    // One for each piece of an output that is tokenised in pieces.
    setMaxListeners(0, abort.signal);
    const deadline = setTimeout(() => abort.abort(new TrajectoryTimeout()), job.turns.trajectoryTimeoutMs);
    this.metrics.trajectories.inc();
    try {
      await tell({ index, event: { type: 'trajectory-start', trajectoryId, promptIds, speaksTokenIds: model.speaksTokenIds } });
      const listener = (event: TurnEvent): Promise<void> | undefined => {
        this.observe(trajectoryId, event, progress);
        if (event.type === 'trajectory-end' && event.stopCause === 'client_tool') {
          return this.keepSession(session, job).then(async (sessionId) => {
            if (sessionId) await tell({ index, event: { type: 'session-kept', sessionId } });
            await tell({ index, event });
          });
        }
        return tell({ index, event });
      };
      await runTurnLoop(request, { model, tools: session, separator }, plan.policy, listener, abort.signal);
    } finally {
      clearTimeout(deadline);
      abort.release();
      this.metrics.trajectories.dec();
      if (session.takenBack > 0) this.metrics.callsTakenBack.inc(session.takenBack);
      void session.close().then((reason) => {
        if (reason !== null) this.log.warn({ event: 'sandbox-session-not-closed', trajectory_id: trajectoryId, reason });
      });
    }
  }

  /** The id under which the client may go on with the session; null where there is none. */
  private async keepSession(session: SandboxSession, { session: { owner } }: CompletionJob): Promise<string | null> {
    const kept = await session.keep();
    return kept && this.seal.issue(kept, owner);
  }

  /** Derived once per model and role; a failed attempt is not kept. */
  private separatorOf(modelName: string, model: JobModel, role: string, signal: AbortSignal): Promise<ChatTurnSeparator> {
    const own = model.turnSeparator(role);
    if (own) return Promise.resolve(own);
    const derive = (): Promise<ChatTurnSeparator> => deriveChatTurnSeparator(model, { ...this.separatorOptions, role }, signal);
    // Numbers of pieces of text are the trajectory's own.
    if (!model.speaksTokenIds) return derive();
    const key = JSON.stringify([modelName, role]);
    const known = this.separators.get(key);
    if (known) return known;
    const derived = derive();
    this.separators.set(key, derived);
    derived.catch(() => this.separators.delete(key));
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

async function render(model: JobModel, prompt: Prompt, signal: AbortSignal): Promise<readonly number[]> {
  const ids = await model.render(prompt, signal);
  if (ids.length < model.maxContextTokens) return ids;
  throw new AppError(
    'context_length_exceeded',
    `This model's maximum context length is ${model.maxContextTokens} tokens. However, your prompt has ${ids.length} tokens. Please shorten it.`,
    { param: prompt.kind === 'chat' ? 'messages' : 'prompt' },
  );
}

/** @throws AppError `invalid_request` for a session that this caller does not have, or that several would have to share */
function resumedBy({ session: { sessionId, owner }, prompts, n }: CompletionJob, seal: SessionSeal): ResumedSession | null {
  if (sessionId === null) return null;
  if (prompts.length * n > 1)
    throw new AppError('invalid_request', 'One sandbox session can serve one answer: send one prompt, and n as 1.', {
      param: 'interleave.session_id',
    });
  return seal.open(sessionId, owner);
}
