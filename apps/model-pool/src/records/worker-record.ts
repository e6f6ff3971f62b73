import type { DeviceGroup } from '@interleave/worker-lifecycle';
import type { ProcessIdentity } from '../processes/process-table';

/** What must be known of a worker to take it over after model-pool itself has ended. Holds a key: mode 0600. */
export type WorkerRecord = ProcessRecord | ContainerRecord;

export interface ProcessRecord extends RecordedWorker {
  readonly process: ProcessIdentity;
}

export interface ContainerRecord extends RecordedWorker {
  readonly container: ContainerIdentity;
}

/** Tells a container, and this run of it, from every other one. */
export interface ContainerIdentity {
  readonly id: string;
  readonly startedAt: string;
  /** The label that only the container of this start carries. */
  readonly launch: string;
}

interface RecordedWorker {
  readonly id: string;
  readonly deployment: string;
  readonly engine: string;
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
  const record = value as Partial<ProcessRecord & ContainerRecord> | null;
  const strings = [record?.id, record?.deployment, record?.engine, record?.apiKey, record?.spec];
  const isRecord =
    strings.every(isString) &&
    (record !== null && 'container' in record ? isContainer(record.container) : isProcess(record?.process)) &&
    typeof record?.port === 'number' &&
    isDeviceGroup(record.devices);
  return isRecord ? (record as WorkerRecord) : null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isProcess(process: Partial<ProcessIdentity> | null | undefined): boolean {
  return isPid(process?.pid) && isString(process?.startedAt);
}

function isContainer(container: Partial<ContainerIdentity> | null | undefined): boolean {
  // The id becomes part of a path of the engine's API.
  return /^[0-9a-f]{12,64}$/.test(String(container?.id)) && isString(container?.startedAt) && isString(container?.launch);
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
