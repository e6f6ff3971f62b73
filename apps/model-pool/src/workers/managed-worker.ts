import type { WorkerLoad, WorkerRow } from '@interleave/contracts';
import { assertNever, Deferred, isAppError, Mailbox } from '@interleave/kernel';
import { deviceNames, explainTransition, INITIAL_WORKER_STATE, transition } from '@interleave/worker-lifecycle';
import type { MeasuredLoad, ProbeOutcome, WorkerEffect, WorkerEvent, WorkerFacts, WorkerState } from '@interleave/worker-lifecycle';
import { LaunchProgress } from '../launch/launch-watch';
import type { WorkerLauncher, WorkerProcess } from '../launch/worker-launcher';
import type { WorkerSpec } from '../launch/worker-spec';
import { NamedTimers } from './named-timers';
import type { PoolWorker } from './pool-worker';
import { toWireLoad } from './to-wire-load';
import { WorkerContact } from './worker-contact';
import { DRAIN_SETTLE_MS } from './worker-context';
import type { WorkerContext } from './worker-context';
import { advertisedUrl, localUrl } from './worker-url';

const LOG_CAP_INTERVAL_MS = 5_000;
/** How long the rest of a group may take to be gone after its leader. */
const GROUP_END_TIMEOUT_MS = 5_000;

/** A worker whose processes are ours: holds its state, performs what the reducer asks for and feeds the outcome back as events. */
export class ManagedWorker implements PoolWorker {
  private state: WorkerState = INITIAL_WORKER_STATE;
  /** The newest process and the contact to it. */
  private process: WorkerProcess | null = null;
  private contact: WorkerContact | null = null;
  private launching: LaunchProgress | null = null;
  private load: WorkerLoad | null = null;
  private readonly timers = new NamedTimers();
  private readonly processes = new Map<number, WorkerProcess>();
  private readonly mailbox: Mailbox<WorkerEvent>;
  private settled: Deferred<void> | null = null;
  /** Why somebody asked for the last start or stop. */
  private wish = 'asked for';
  private drainsSinceMs = 0;

  constructor(
    private readonly spec: WorkerSpec,
    private readonly launcher: WorkerLauncher,
    private readonly advertisedHost: string | null,
    private readonly context: WorkerContext,
  ) {
    this.mailbox = new Mailbox(
      (event) => this.handle(event),
      (error, event) => context.log.error({ event: 'worker-event-failed', worker: spec.id, type: event.type, err: error }),
    );
  }

  get id(): string {
    return this.spec.id;
  }

  start(because: string): void {
    this.wish = because;
    this.mailbox.post({ type: 'start-requested' });
  }

  restart(because: string): void {
    this.wish = because;
    this.mailbox.post({ type: 'stop-requested', drainMs: this.context.drainMs, thenStart: true });
  }

  drain(because: string): void {
    this.wish = because;
    this.mailbox.post({ type: 'stop-requested', drainMs: this.context.drainMs, thenStart: false });
  }

  /** Takes over a process of an earlier run. */
  adopt(process: WorkerProcess, facts: WorkerFacts | null): void {
    this.take(process);
    this.mailbox.post({ type: 'adopted', pid: process.group.leader.pid, facts });
  }

  async stop(): Promise<void> {
    // A worker without a process stops at once, before anybody could wait for it.
    this.wish = 'model-pool ends';
    const settled = (this.settled ??= new Deferred<void>());
    this.mailbox.post({ type: 'stop-requested', drainMs: 0, thenStart: false });
    await settled.promise;
  }

  get row(): WorkerRow {
    const { state, spec, process } = this;
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

  private handle(event: WorkerEvent): void {
    const before = this.state;
    const { state, effects } = transition(before, event, this.context.policy);
    this.state = state;
    if (before.status !== state.status) this.onStatusChange(before, event);
    for (const effect of effects) this.attempt(effect.type, () => this.perform(effect));
    this.publish();
    if (state.status === 'stopped' && this.settled) {
      this.timers.clearAll();
      this.settled.resolve();
      this.settled = null;
    }
  }

  /** A full disk or a file that someone took away must not end the care for the worker. */
  private attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.context.log.error({ event: 'worker-effect-failed', worker: this.id, what, err: error });
    }
  }

  private onStatusChange(before: WorkerState, event: WorkerEvent): void {
    const { status, error } = this.state;
    const because = explainTransition(event, this.wish);
    this.context.onTransition({ worker: this.id, deployment: this.spec.deployment, from: before.status, to: status, because, error });
    if (status !== 'starting') this.launching?.end();
    if (status === 'draining') this.drainsSinceMs = performance.now();
    if (status === 'ready') this.contact?.followLoad((load) => this.onLoad(load));
    if (status === 'stopping' || status === 'backoff' || status === 'failed' || status === 'stopped') this.loseContact();
  }

  private perform(effect: WorkerEffect): void {
    switch (effect.type) {
      case 'launch':
        return this.launch(effect.launch);
      case 'watch':
        return this.watch(effect.launch, effect.pid);
      case 'probe':
        return this.contact?.probeLater(effect.afterMs, (outcome) => this.onProbe(effect.launch, outcome));
      case 'schedule':
        return this.timers.set(effect.timer, effect.afterMs, () => this.mailbox.post({ type: effect.timer, launch: effect.launch }));
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
        this.mailbox.post({ type: 'launched', launch, pid: process.group.leader.pid });
      },
      (error: unknown) => {
        progress.end();
        // Settings that are wrong stay wrong until somebody changes them.
        const isPermanent = isAppError(error) && error.code === 'invalid_settings';
        this.mailbox.post({ type: 'launch-failed', launch, reason: error instanceof Error ? error.message : String(error), isPermanent });
      },
    );
  }

  private onActivity(text: string, isStep: boolean): void {
    const { status } = this.state;
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
        this.attempt('last-lines', () => (lastLines = this.launcher.lastLines()));
        this.mailbox.post({ type: 'exited', launch, ...end, lastLines });
      });
  }

  private keepLogCapped(): void {
    this.timers.set('log-cap', LOG_CAP_INTERVAL_MS, () => {
      this.attempt('log-cap', () => this.launcher.capLog());
      this.keepLogCapped();
    });
  }

  private onProbe(launch: number, outcome: ProbeOutcome): void {
    if (outcome.kind === 'answered') this.mailbox.post({ type: 'probe-succeeded', launch, facts: outcome.facts });
    else this.mailbox.post({ type: 'probe-failed', launch, reason: outcome.reason });
  }

  private onLoad(load: MeasuredLoad): void {
    this.load = toWireLoad(load);
    const isSettled = this.state.status === 'draining' && performance.now() - this.drainsSinceMs >= DRAIN_SETTLE_MS;
    if (isSettled && load.running + load.waiting === 0) this.mailbox.post({ type: 'drained', launch: this.state.launch });
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
