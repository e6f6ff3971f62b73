export type { ErrorEnvelope } from './lib/error-envelope';
export type {
  Capabilities,
  Capacity,
  CreateSessionResponse,
  RevokeResponse,
  ExecutionError,
  ExecutionEvent,
  ExecutionImage,
  ExecutionResult,
  ExecutionState,
  ExecutionStatus,
  GetObservationResponse,
  InstalledPackage,
  SessionDescription,
  SessionFile,
  SessionFiles,
} from './lib/tool-server';
export type { DeviceInventoryBody, DeviceRow } from './lib/device-inventory';
export { DEMAND_LEASE_MS } from './lib/deployments';
export type { DemandReport, DeploymentRow } from './lib/deployments';
export type { PoolEvent, WorkerTransition } from './lib/pool-events';
export { WORKER_STATUSES } from './lib/worker-table';
export type { ServedDeployment, WorkerEngine, WorkerLoad, WorkerRow, WorkerStatus, WorkerTable } from './lib/worker-table';
export type {
  VllmCompletion,
  VllmCompletionChoice,
  VllmCompletionChunk,
  VllmCompletionRequest,
  VllmLogprobs,
  VllmMessage,
  VllmModelCard,
  VllmTokenizeRequest,
  VllmTokenizeResponse,
  VllmUsage,
} from './lib/vllm';
