import { clientSignal, DrainService } from '@interleave/platform';
import type { Response } from 'express';

/** Runs a request as a unit of work that ends with its client, and with the drain at the latest. */
export async function withWork(drain: DrainService, response: Response, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal, release } = drain.enter(clientSignal(response));
  try {
    await work(signal);
  } finally {
    release();
  }
}
