import type { DemandReport } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';

const GATEWAY = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_REQUESTS = 1_000_000;

/** @throws AppError `invalid_request` that names the key */
export function parseDemandReport(body: unknown): DemandReport {
  const read = (key: string): unknown => (body !== null && typeof body === 'object' ? Reflect.get(body, key) : undefined);
  const [gateway, requests] = [read('gateway'), read('requests')];
  if (typeof gateway !== 'string' || !GATEWAY.test(gateway)) {
    throw new AppError('invalid_request', 'gateway must be a name of up to 64 letters, digits, ".", "_" and "-".', { param: 'gateway' });
  }
  if (typeof requests !== 'number' || !Number.isInteger(requests) || requests < 0 || requests > MAX_REQUESTS) {
    throw new AppError('invalid_request', `requests must be a whole number from 0 to ${MAX_REQUESTS}.`, { param: 'requests' });
  }
  return { gateway, requests };
}
