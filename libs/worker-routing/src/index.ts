export { chooseWorker } from './lib/choose-worker';
export type { WorkerCandidate } from './lib/choose-worker';
