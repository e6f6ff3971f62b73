import type { ContainerCondition, DetachedContainers } from '@interleave/docker-runtime';
import { judgeRecord } from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';
import { containerProcess, RunningContainer } from '../launch/container-process';
import { LAUNCH_LABEL, POOL_LABEL, WORKER_LABEL } from '../launch/worker-container';
import type { WorkerLog } from '../launch/worker-log';
import type { ContainerRecord } from '../records/worker-record';
import type { WorkerRecordStore } from '../records/worker-record-store';
import type { AdoptedProcess } from './adopt-workers';
import { WorkerContact } from './worker-contact';
import { localUrl } from './worker-url';

const CALL_TIMEOUT_MS = 15_000;
const PROBE_TIMEOUT_MS = 3_000;
const REMOVE_TIMEOUT_MS = 20_000;

export interface ContainerAdoptionContext {
  readonly containers: DetachedContainers;
  /** See `poolIdentity`. */
  readonly pool: string;
  readonly records: WorkerRecordStore;
  readonly logOf: (id: string) => WorkerLog;
  readonly log: PinoLogger;
  readonly host: string;
  readonly stopTimeoutMs: number;
  /** Whether a deployment wants containers: then an engine that doesn't answer stops the start. */
  readonly isNeeded: boolean;
}

/** The same as `adoptWorkers` for workers in containers. Only containers that carry the identity of this pool are touched. */
export async function adoptContainers(
  context: ContainerAdoptionContext,
  wantedSpec: (record: ContainerRecord) => string | null,
): Promise<readonly AdoptedProcess[]> {
  try {
    await context.containers.describe(AbortSignal.timeout(CALL_TIMEOUT_MS));
  } catch (error) {
    if (context.isNeeded) throw error;
    context.log.warn({ event: 'containers-of-earlier-run-unknown', err: error });
    return [];
  }
  const records = context.records.readAll().filter((record) => 'container' in record);
  const found = await Promise.all(records.map((record) => judge(context, record, wantedSpec(record))));
  const adopted = found.filter((one) => one !== null);
  await removeOrphans(context, new Set(adopted.map(({ id }) => id)));
  return adopted.map(({ process }) => process);
}

async function judge(
  context: ContainerAdoptionContext,
  record: ContainerRecord,
  wantedSpec: string | null,
): Promise<{ readonly id: string; readonly process: AdoptedProcess } | null> {
  const { containers, records, log, host } = context;
  const { id } = record.container;
  const endpoint = { host, port: record.port, apiKey: record.apiKey };
  const condition = await containers.inspect(id, AbortSignal.timeout(CALL_TIMEOUT_MS));
  const isAlive = condition !== null && isItself(record, condition, context.pool);
  const isSameSpec = record.spec === wantedSpec;
  const probe = isAlive && isSameSpec ? await new WorkerContact(localUrl(endpoint), record.apiKey, PROBE_TIMEOUT_MS).probe() : null;
  const verdict = judgeRecord({ isAlive, isSameSpec, probe });
  const subject = { worker: record.id, container: id.slice(0, 12) };
  if (verdict.kind === 'adopt') {
    log.info({ event: 'worker-adopted', ...subject, wasReady: verdict.facts !== null });
    const workerLog = context.logOf(record.id);
    const process = containerProcess({ containers, id, log: workerLog }, endpoint, workerLog.startOver());
    return { id, process: { record, process, facts: verdict.facts } };
  }
  // It carries our label, if it is there, and is removed with the orphans.
  if (verdict.kind === 'kill') log.warn({ event: 'worker-of-earlier-run-ended', ...subject, because: verdict.reason });
  records.forget(record.id);
  return null;
}

/** An id alone proves nothing: the record may have come from elsewhere, and a container may have been started again by somebody. */
function isItself({ id, container }: ContainerRecord, { status, labels, startedAt }: ContainerCondition, pool: string): boolean {
  return (
    status === 'running' &&
    startedAt === container.startedAt &&
    labels[POOL_LABEL] === pool &&
    labels[WORKER_LABEL] === id &&
    labels[LAUNCH_LABEL] === container.launch
  );
}

/** Containers of this pool that are nobody's: not wanted any more, without a record, or ended while nobody looked. */
async function removeOrphans({ containers, pool, log, stopTimeoutMs }: ContainerAdoptionContext, kept: ReadonlySet<string>): Promise<void> {
  const own = await containers.list(`${POOL_LABEL}=${pool}`, AbortSignal.timeout(CALL_TIMEOUT_MS));
  await Promise.all(
    own
      .filter(({ id }) => !kept.has(id))
      .map(async ({ id, labels, state }) => {
        log.warn({ event: 'orphan-ended', container: id.slice(0, 12), worker: labels[WORKER_LABEL] ?? null });
        const container = new RunningContainer({ containers, id });
        if (state === 'running') await container.end(stopTimeoutMs, REMOVE_TIMEOUT_MS);
        else await container.finish(REMOVE_TIMEOUT_MS);
      }),
  );
}
