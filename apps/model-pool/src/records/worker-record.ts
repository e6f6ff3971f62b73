import type { DeviceGroup } from '@interleave/worker-lifecycle';
import type { ProcessIdentity } from '../processes/process-table';

/** What must be known of a worker to take it over after model-pool itself has ended. Holds a key: mode 0600. */
export interface WorkerRecord {
  readonly id: string;
  readonly deployment: string;
  readonly engine: string;
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly apiKey: string;
  readonly devices: DeviceGroup;
  /** How it was started; otherwise today means another worker. */
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
  const isRecord =
    strings.every((field) => typeof field === 'string') &&
    isPid(record?.process?.pid) &&
    typeof record?.port === 'number' &&
    isDeviceGroup(record.devices);
  return isRecord ? (record as WorkerRecord) : null;
}

function isDeviceGroup(value: unknown): boolean {
  const group = value as { readonly kind?: unknown; readonly gpus?: unknown; readonly cores?: unknown } | null;
  if (group?.kind === 'cpu') return Array.isArray(group.cores) && group.cores.every((core) => Number.isInteger(core));
  const handleOf = (gpu: unknown): unknown => (gpu !== null && typeof gpu === 'object' ? Reflect.get(gpu, 'handle') : null);
  return group?.kind === 'gpu' && Array.isArray(group.gpus) && group.gpus.every((gpu) => typeof handleOf(gpu) === 'string');
}

/** 0 and 1 are no workers: signals to their groups would hit everybody. */
function isPid(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 1;
}
