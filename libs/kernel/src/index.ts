export { AppError, isAppError, toAppError } from './lib/app-error';
export type { AppErrorOptions, ErrorCode } from './lib/app-error';
export { assertNever } from './lib/assert-never';
export type { Clock } from './lib/clock';
export { Deferred } from './lib/deferred';
export { readMetricSamples } from './lib/metric-samples';
export type { MetricSample } from './lib/metric-samples';
export { Mailbox } from './lib/mailbox';
export { AsyncQueue } from './lib/async-queue';
