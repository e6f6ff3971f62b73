import type { ProcessIdentity } from '../processes/process-table';

/** What must be known of a worker to take it over after model-pool itself has ended. Holds a key: mode 0600. */
export interface WorkerRecord {
  readonly id: string;
  readonly deployment: string;
  readonly engine: string;
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly apiKey: string;
  /** The command line it was started with; another one today means another worker. */
  readonly spec: string;
}

/** Null for anything that is not a record. */
export function parseWorkerRecord(text: string): WorkerRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (_notJson) {
    return null;
  }
  const record = value as Partial<WorkerRecord> | null;
  const strings = [record?.id, record?.deployment, record?.engine, record?.apiKey, record?.spec, record?.process?.startedAt];
  const isRecord = strings.every((field) => typeof field === 'string') && isPid(record?.process?.pid) && typeof record?.port === 'number';
  return isRecord ? (record as WorkerRecord) : null;
}

/** 0 and 1 are no workers: signals to their groups would hit everybody. */
function isPid(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 1;
}
