import type { WorkerLoad, WorkerRow } from '@interleave/contracts';
import { assertNever, Deferred, isAppError } from '@interleave/kernel';
import { deviceNames, INITIAL_WORKER_STATE, transition } from '@interleave/worker-lifecycle';
import type { MeasuredLoad, SleepLevel, WorkerEffect, WorkerFacts, WorkerState } from '@interleave/worker-lifecycle';
import { LaunchProgress } from '../launch/launch-watch';
import type { SleepOutcome } from '../probes/engine-sleep';
import type { WorkerLauncher, WorkerProcess } from '../launch/worker-launcher';
import type { WorkerSpec } from '../launch/worker-spec';
import { NamedTimers } from './named-timers';
import type { PoolWorker } from './pool-worker';
import { toWireLoad } from './to-wire-load';
import { WorkerContact } from './worker-contact';
import { DRAIN_SETTLE_MS } from './worker-context';
import type { WorkerContext } from './worker-context';
import { WorkerLife } from './worker-life';
import { advertisedUrl, localUrl } from './worker-url';

const LOG_CAP_INTERVAL_MS = 5_000;
/** How long the rest of a group may take to be gone after its leader. */
const GROUP_END_TIMEOUT_MS = 5_000;

/** A worker whose processes are ours: holds its state, performs what the reducer asks for and feeds the outcome back as events. */
export class ManagedWorker implements PoolWorker {
  private readonly life: WorkerLife<WorkerState, WorkerEffect>;
  /** The newest process and the contact to it. */
  private process: WorkerProcess | null = null;
  private contact: WorkerContact | null = null;
  private launching: LaunchProgress | null = null;
  private load: WorkerLoad | null = null;
  private readonly timers = new NamedTimers();
  private readonly processes = new Map<number, WorkerProcess>();
  private settled: Deferred<void> | null = null;
  private statusSinceMs = 0;

  constructor(
    private readonly spec: WorkerSpec,
    private readonly launcher: WorkerLauncher,
    private readonly advertisedHost: string | null,
    private readonly context: WorkerContext,
  ) {
    this.life = new WorkerLife<WorkerState, WorkerEffect>(
      {
        worker: spec.id,
        deployment: spec.deployment,
        initial: INITIAL_WORKER_STATE,
        transition: (state, event) => transition(state, event, context.policy),
        onStatus: () => this.onStatus(),
        perform: (effect) => this.perform(effect),
        afterwards: () => this.afterwards(),
      },
      context,
    );
  }

  get id(): string {
    return this.spec.id;
  }

  start(because: string): void {
    this.life.post({ type: 'start-requested', because });
  }

  restart(because: string): void {
    this.life.post({ type: 'stop-requested', drainMs: this.context.drainMs, thenStart: true, because });
  }

  drain(because: string): void {
    this.life.post({ type: 'stop-requested', drainMs: this.context.drainMs, thenStart: false, because });
  }

  sleep(level: SleepLevel, because: string): void {
    this.life.post({ type: 'sleep-requested', level, drainMs: this.context.drainMs, because });
  }

  wake(because: string): void {
    this.life.post({ type: 'wake-requested', because });
  }

  /** Takes over a process of an earlier run. */
  adopt(process: WorkerProcess, facts: WorkerFacts | null): void {
    this.take(process);
    this.life.post({ type: 'adopted', pid: process.group.leader.pid, facts });
  }

  async stop(): Promise<void> {
    // A worker without a process stops at once, before anybody could wait for it.
    const settled = (this.settled ??= new Deferred<void>());
    this.life.post({ type: 'stop-requested', drainMs: 0, thenStart: false, because: 'model-pool ends' });
    await settled.promise;
  }

  get row(): WorkerRow {
    const { spec, process } = this;
    const { state } = this.life;
    return {
      id: spec.id,
      deployment: spec.deployment,
      served_names: spec.servedNames,
      url: process === null ? '' : advertisedUrl(process.endpoint, this.advertisedHost),
      api_key: process?.endpoint.apiKey ?? null,
      engine: spec.engine,
      status: state.status,
      max_model_len: 'facts' in state ? state.facts.maxModelLength : null,
      max_running: ('facts' in state ? state.facts.maxRunning : null) ?? spec.maxRunning,
      devices: deviceNames(spec.devices),
      restarts: state.restarts,
      error: state.error,
      activity: this.launching?.activity ?? null,
      load: this.load,
    };
  }

  get whyNoSleep(): string | null {
    return this.spec.whyNoSleep;
  }

  private onStatus(): void {
    const { status } = this.life.state;
    this.statusSinceMs = performance.now();
    if (status !== 'starting') this.launching?.end();
    if (status === 'ready' || status === 'asleep') this.contact?.followLoad((load) => this.onLoad(load));
    if (status === 'stopping' || status === 'backoff' || status === 'failed' || status === 'stopped') this.loseContact();
  }

  private afterwards(): void {
    this.publish();
    if (this.life.state.status !== 'stopped' || !this.settled) return;
    this.timers.clearAll();
    this.settled.resolve();
    this.settled = null;
  }

  private perform(effect: WorkerEffect): void {
    switch (effect.type) {
      case 'launch':
        return this.launch(effect.launch);
      case 'watch':
        return this.watch(effect.launch, effect.pid);
      case 'probe':
        return this.contact?.probeLater(effect.afterMs, (outcome) => this.life.probed(effect.launch, outcome));
      case 'fall-asleep':
        return this.contact?.fallAsleep(effect.level, (outcome) => this.onSleep(effect.launch, outcome));
      case 'wake-up':
        return this.contact?.wakeUp(effect.level, (outcome) => this.onWake(effect.launch, outcome));
      case 'schedule':
        return this.timers.set(effect.timer, effect.afterMs, () => this.life.post({ type: effect.timer, launch: effect.launch }));
      case 'kill':
        return this.processes.get(effect.pid)?.group.signal(effect.signal);
      case 'forget-record':
        return this.launcher.forget();
      default:
        return assertNever(effect);
    }
  }

  private launch(launch: number): void {
    const progress = new LaunchProgress(({ text }, isStep) => this.onActivity(text, isStep));
    this.launching = progress;
    this.launcher.launch(progress).then(
      (process) => {
        progress.end();
        this.take(process);
        this.life.post({ type: 'launched', launch, pid: process.group.leader.pid });
      },
      (error: unknown) => {
        progress.end();
        // Settings that are wrong stay wrong until somebody changes them.
        const isPermanent = isAppError(error) && error.code === 'invalid_settings';
        this.life.post({ type: 'launch-failed', launch, reason: error instanceof Error ? error.message : String(error), isPermanent });
      },
    );
  }

  private onActivity(text: string, isStep: boolean): void {
    const { status } = this.life.state;
    if (isStep) {
      const place = { worker: this.id, deployment: this.spec.deployment, from: status, to: status };
      this.context.onTransition({ ...place, because: text, error: null });
    }
    this.publish();
  }

  private take(process: WorkerProcess): void {
    this.processes.set(process.group.leader.pid, process);
    this.process = process;
    this.loseContact();
    this.contact = new WorkerContact(localUrl(process.endpoint), process.endpoint.apiKey, this.context.probeTimeoutMs);
  }

  private watch(launch: number, pid: number): void {
    const process = this.processes.get(pid);
    if (!process) return;
    this.keepLogCapped();
    void process.ended
      .then(async (end) => {
        await process.group.finish(GROUP_END_TIMEOUT_MS);
        return end;
      })
      .then((end) => {
        this.processes.delete(pid);
        this.timers.clear('log-cap');
        let lastLines: string[] = [];
        this.life.attempt('last-lines', () => (lastLines = this.launcher.lastLines()));
        this.life.post({ type: 'exited', launch, ...end, lastLines });
      });
  }

  private keepLogCapped(): void {
    this.timers.set('log-cap', LOG_CAP_INTERVAL_MS, () => {
      this.life.attempt('log-cap', () => this.launcher.capLog());
      this.keepLogCapped();
    });
  }

  private onSleep(launch: number, outcome: SleepOutcome): void {
    if (outcome.kind === 'done') return this.life.post({ type: 'fell-asleep', launch });
    this.life.post({ type: outcome.kind === 'refused' ? 'sleep-refused' : 'sleep-failed', launch, reason: outcome.reason });
  }

  private onWake(launch: number, outcome: SleepOutcome): void {
    if (outcome.kind === 'done') return this.life.post({ type: 'woke-up', launch });
    this.life.post({ type: 'wake-failed', launch, reason: outcome.reason });
  }

  private onLoad(load: MeasuredLoad): void {
    this.load = toWireLoad(load);
    const { status, launch } = this.life.state;
    const drains = status === 'draining' || status === 'falling-asleep';
    const isSettled = drains && performance.now() - this.statusSinceMs >= DRAIN_SETTLE_MS;
    if (isSettled && load.running + load.waiting === 0) this.life.post({ type: 'drained', launch });
    this.life.measured(load.sleepLevel !== null);
    this.publish();
  }

  private loseContact(): void {
    this.contact?.close();
    this.contact = null;
    this.load = null;
  }

  private publish(): void {
    this.context.publish(this.row);
  }
}
