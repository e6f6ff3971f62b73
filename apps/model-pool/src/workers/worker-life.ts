import type { WorkerStatus } from '@interleave/contracts';
import { Mailbox } from '@interleave/kernel';
import { explainTransition } from '@interleave/worker-lifecycle';
import type { ProbeOutcome, WorkerEvent } from '@interleave/worker-lifecycle';
import type { WorkerContext } from './worker-context';

export interface WorkerLifeOptions<State, Effect> {
  readonly worker: string;
  readonly deployment: string;
  readonly initial: State;
  readonly transition: (state: State, event: WorkerEvent) => { readonly state: State; readonly effects: readonly Effect[] };
  /** Before the effects of the event that changed it. */
  readonly onStatus: () => void;
  readonly perform: (effect: Effect) => void;
  /** After each event, also one that changed nothing. */
  readonly afterwards: () => void;
}

/** The state of one worker: events go in one after another, its reducer says what follows, and the pool hears of each new status. */
export class WorkerLife<
  State extends { readonly status: WorkerStatus; readonly launch: number; readonly error: string | null },
  Effect extends { readonly type: string },
> {
  private current: State;
  private readonly mailbox: Mailbox<WorkerEvent>;

  constructor(
    private readonly options: WorkerLifeOptions<State, Effect>,
    private readonly context: WorkerContext,
  ) {
    this.current = options.initial;
    this.mailbox = new Mailbox(
      (event) => this.handle(event),
      (error, event) => context.log.error({ event: 'worker-event-failed', worker: options.worker, type: event.type, err: error }),
    );
  }

  get state(): State {
    return this.current;
  }

  post(event: WorkerEvent): void {
    this.mailbox.post(event);
  }

  probed(launch: number, outcome: ProbeOutcome): void {
    if (outcome.kind === 'answered') this.post({ type: 'probe-succeeded', launch, facts: outcome.facts });
    else this.post({ type: 'probe-failed', launch, reason: outcome.reason });
  }

  /** What the metrics say of its sleep is checked by a probe where it is something else than what is known. */
  measured(isAsleep: boolean): void {
    const { status, launch } = this.current;
    if (isAsleep ? status === 'ready' : status === 'asleep') this.post({ type: 'sleep-doubted', launch });
  }

  /** A full disk or a file that someone took away must not end the care for the worker. */
  attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.context.log.error({ event: 'worker-effect-failed', worker: this.options.worker, what, err: error });
    }
  }

  private handle(event: WorkerEvent): void {
    const { worker, deployment, transition, onStatus, perform, afterwards } = this.options;
    const from = this.current.status;
    const { state, effects } = transition(this.current, event);
    this.current = state;
    if (from !== state.status) {
      const because = explainTransition(event);
      this.context.onTransition({ worker, deployment, from, to: state.status, because, error: state.error });
      onStatus();
    }
    for (const effect of effects) this.attempt(effect.type, () => perform(effect));
    afterwards();
  }
}
