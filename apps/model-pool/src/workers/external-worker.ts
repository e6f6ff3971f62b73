import type { WorkerLoad, WorkerRow } from '@interleave/contracts';
import { Mailbox } from '@interleave/kernel';
import { explainTransition, externalTransition, INITIAL_EXTERNAL_STATE } from '@interleave/worker-lifecycle';
import type { ExternalState, WorkerEvent } from '@interleave/worker-lifecycle';
import type { PoolWorker } from './pool-worker';
import { toWireLoad } from './to-wire-load';
import { WorkerContact } from './worker-contact';
import type { WorkerContext } from './worker-context';

export interface ExternalWorkerSpec {
  readonly id: string;
  readonly url: string;
  readonly apiKey: string | null;
}

const REQUESTED = 'asked for';

/** A worker that someone else runs: probed and published. */
export class ExternalWorker implements PoolWorker {
  private state: ExternalState = INITIAL_EXTERNAL_STATE;
  private contact: WorkerContact | null = null;
  private load: WorkerLoad | null = null;
  private readonly mailbox: Mailbox<WorkerEvent>;

  constructor(
    private readonly spec: ExternalWorkerSpec,
    private readonly context: WorkerContext,
  ) {
    this.mailbox = new Mailbox(
      (event) => this.handle(event),
      (error, event) => context.log.error({ event: 'worker-event-failed', worker: spec.id, type: event.type, err: error }),
    );
    this.publish();
  }

  get id(): string {
    return this.spec.id;
  }

  start(): void {
    this.connect();
    this.mailbox.post({ type: 'start-requested' });
  }

  /** Only our view of it begins anew. */
  restart(): void {
    this.connect();
    this.mailbox.post({ type: 'stop-requested', drainMs: 0, thenStart: true });
  }

  /** Gateways are told not to use it; what it does is its owner's business. */
  drain(): void {
    this.contact?.close();
    this.mailbox.post({ type: 'stop-requested', drainMs: 0, thenStart: false });
  }

  async stop(): Promise<void> {
    this.drain();
  }

  get row(): WorkerRow {
    const { state, spec } = this;
    return {
      id: spec.id,
      deployment: 'external',
      served_names: state.facts?.servedNames ?? [],
      url: spec.url,
      api_key: spec.apiKey,
      engine: 'external',
      status: state.status,
      max_model_len: state.facts?.maxModelLength ?? null,
      max_running: state.facts?.maxRunning ?? null,
      devices: [],
      restarts: 0,
      error: state.error,
      load: state.status === 'ready' ? this.load : null,
    };
  }

  private connect(): void {
    this.contact?.close();
    this.contact = new WorkerContact(this.spec.url, this.spec.apiKey, this.context.probeTimeoutMs);
    this.contact.followLoad((load) => {
      this.load = toWireLoad(load);
      this.publish();
    });
  }

  private handle(event: WorkerEvent): void {
    const before = this.state.status;
    const { state, effects } = externalTransition(this.state, event, this.context.policy);
    this.state = state;
    if (before !== state.status) {
      const { status: to, error } = state;
      this.context.onTransition({
        worker: this.id,
        deployment: 'external',
        from: before,
        to,
        because: explainTransition(event, REQUESTED),
        error,
      });
    }
    for (const { launch, afterMs } of effects) {
      this.contact?.probeLater(afterMs, (outcome) =>
        this.mailbox.post(
          outcome.kind === 'answered'
            ? { type: 'probe-succeeded', launch, facts: outcome.facts }
            : { type: 'probe-failed', launch, reason: outcome.reason },
        ),
      );
    }
    this.publish();
  }

  private publish(): void {
    this.context.publish(this.row);
  }
}
