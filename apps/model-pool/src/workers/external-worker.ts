import type { WorkerLoad, WorkerRow } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { externalTransition, INITIAL_EXTERNAL_STATE } from '@interleave/worker-lifecycle';
import type { ExternalState, ExternalStep } from '@interleave/worker-lifecycle';
import type { PoolWorker } from './pool-worker';
import { toWireLoad } from './to-wire-load';
import { WorkerContact } from './worker-contact';
import type { WorkerContext } from './worker-context';
import { WorkerLife } from './worker-life';

export interface ExternalWorkerSpec {
  readonly id: string;
  readonly url: string;
  readonly apiKey: string | null;
}

const DEPLOYMENT = 'external';

/** A worker that someone else runs: probed and published. */
export class ExternalWorker implements PoolWorker {
  readonly whyNoSleep: string;
  private readonly life: WorkerLife<ExternalState, ExternalStep['effects'][number]>;
  private contact: WorkerContact | null = null;
  private load: WorkerLoad | null = null;

  constructor(
    private readonly spec: ExternalWorkerSpec,
    private readonly context: WorkerContext,
  ) {
    this.whyNoSleep = `${spec.id} is run by someone else: put it to sleep, and wake it, at ${spec.url}.`;
    this.life = new WorkerLife(
      {
        worker: spec.id,
        deployment: DEPLOYMENT,
        initial: INITIAL_EXTERNAL_STATE,
        transition: (state, event) => externalTransition(state, event, context.policy),
        onStatus: () => undefined,
        perform: ({ launch, afterMs }) => this.contact?.probeLater(afterMs, (outcome) => this.life.probed(launch, outcome)),
        afterwards: () => this.publish(),
      },
      context,
    );
    this.publish();
  }

  get id(): string {
    return this.spec.id;
  }

  start(because: string): void {
    this.connect();
    this.life.post({ type: 'start-requested', because });
  }

  /** Only our view of it begins anew. */
  restart(because: string): void {
    this.connect();
    this.life.post({ type: 'stop-requested', drainMs: 0, thenStart: true, because });
  }

  /** Gateways are told not to use it; what it does is its owner's business. */
  drain(because: string): void {
    this.contact?.close();
    this.life.post({ type: 'stop-requested', drainMs: 0, thenStart: false, because });
  }

  /** What is not for us to do. */
  sleep(): never {
    throw new AppError('conflict', this.whyNoSleep, { param: 'id' });
  }

  wake(): never {
    return this.sleep();
  }

  async stop(): Promise<void> {
    this.drain('model-pool ends');
  }

  get row(): WorkerRow {
    const { state } = this.life;
    return {
      id: this.spec.id,
      deployment: DEPLOYMENT,
      served_names: state.facts?.servedNames ?? [],
      url: this.spec.url,
      api_key: this.spec.apiKey,
      engine: 'external',
      status: state.status,
      max_model_len: state.facts?.maxModelLength ?? null,
      max_running: state.facts?.maxRunning ?? null,
      devices: [],
      restarts: 0,
      error: state.error,
      load: state.status === 'ready' || state.status === 'asleep' ? this.load : null,
    };
  }

  private connect(): void {
    this.contact?.close();
    this.contact = new WorkerContact(this.spec.url, this.spec.apiKey, this.context.probeTimeoutMs);
    this.contact.followLoad((load) => {
      this.load = toWireLoad(load);
      this.life.measured(load.sleepLevel !== null);
      this.publish();
    });
  }

  private publish(): void {
    this.context.publish(this.row);
  }
}
