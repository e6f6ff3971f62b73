import { judgeRecord } from '@interleave/worker-lifecycle';
import type { WorkerFacts } from '@interleave/worker-lifecycle';
import type { PinoLogger } from 'nestjs-pino';
import { STATE_VARIABLE } from '../launch/worker-environment';
import type { WorkerProcess } from '../launch/worker-launcher';
import { ProcessGroup } from '../processes/process-group';
import { isAlive } from '../processes/process-table';
import type { ProcessTable } from '../processes/process-table';
import { waitForExit } from '../processes/wait-for-exit';
import type { ProcessRecord, WorkerRecord } from '../records/worker-record';
import type { WorkerRecordStore } from '../records/worker-record-store';
import { WorkerContact } from './worker-contact';
import { localUrl } from './worker-url';

const EXIT_POLL_MS = 500;
const PROBE_TIMEOUT_MS = 3_000;
const KILL_TIMEOUT_MS = 10_000;

export interface AdoptionContext {
  readonly table: ProcessTable;
  readonly records: WorkerRecordStore;
  readonly log: PinoLogger;
  readonly stateDirectory: string;
  readonly host: string;
  readonly stopTimeoutMs: number;
}

export interface AdoptedProcess {
  readonly record: WorkerRecord;
  readonly process: WorkerProcess;
  readonly facts: WorkerFacts | null;
}

/**
 * Goes through what an earlier run left behind. A worker that is still wanted as it is goes on; everything else is ended, and
 * gone when this settles, for its devices are needed.
 * @param wantedSpec fingerprint of the worker of a record as it would be started today; null if nobody wants it
 */
export async function adoptWorkers(
  context: AdoptionContext,
  wantedSpec: (record: ProcessRecord) => string | null,
): Promise<readonly AdoptedProcess[]> {
  const records = context.records.readAll().filter((record) => 'process' in record);
  const found = await Promise.all(records.map((record) => judge(context, record, wantedSpec(record))));
  const adopted = found.filter((process) => process !== null);
  await removeOrphans(context, new Set(adopted.map(({ process }) => process.group.leader.pid)));
  return adopted;
}

async function judge(context: AdoptionContext, record: ProcessRecord, wantedSpec: string | null): Promise<AdoptedProcess | null> {
  const { table, records, log, host } = context;
  const group = new ProcessGroup(table, record.process);
  const endpoint = { host, port: record.port, apiKey: record.apiKey };
  const living = isAlive(table, record.process);
  const isSameSpec = record.spec === wantedSpec;
  const probe = living && isSameSpec ? await new WorkerContact(localUrl(endpoint), record.apiKey, PROBE_TIMEOUT_MS).probe() : null;
  const verdict = judgeRecord({ isAlive: living, isSameSpec, probe });
  const subject = { worker: record.id, pid: record.process.pid };
  if (verdict.kind === 'adopt') {
    log.info({ event: 'worker-adopted', ...subject, wasReady: verdict.facts !== null });
    const ended = waitForExit(group, EXIT_POLL_MS).then(() => ({ code: null, signal: null }));
    return { record, process: { group, endpoint, ended }, facts: verdict.facts };
  }
  if (verdict.kind === 'kill') {
    log.warn({ event: 'worker-of-earlier-run-ended', ...subject, because: verdict.reason });
    await group.end(context.stopTimeoutMs, KILL_TIMEOUT_MS);
  } else {
    // The leader is gone; what it started may not be.
    await group.finish(KILL_TIMEOUT_MS);
  }
  records.forget(record.id);
  return null;
}

/** Workers of this state directory without a record, e.g. because the file was lost. */
async function removeOrphans(
  { table, log, stateDirectory, stopTimeoutMs }: AdoptionContext,
  keptGroups: ReadonlySet<number>,
): Promise<void> {
  const ownGroup = table.find(process.pid)?.processGroup;
  const strays = table
    .withVariable(STATE_VARIABLE, stateDirectory)
    .filter(({ processGroup }) => processGroup > 1 && processGroup !== ownGroup && !keptGroups.has(processGroup));
  await Promise.all(
    [...new Set(strays.map(({ processGroup }) => processGroup))].map(async (processGroup) => {
      const leader = table.find(processGroup) ?? { pid: processGroup, startedAt: 'gone' };
      log.warn({ event: 'orphan-ended', pid: processGroup });
      await new ProcessGroup(table, leader).end(stopTimeoutMs, KILL_TIMEOUT_MS);
    }),
  );
}
