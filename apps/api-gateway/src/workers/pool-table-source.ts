import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerTable } from '@interleave/contracts';
import axios from 'axios';
import type { PinoLogger } from 'nestjs-pino';
import { readEvents } from '../http/event-parser';
import { workerEventParser } from './worker-event-parser';
import type { WorkerDirectory } from './worker-directory';

const RETRY_MS = 1000;

/** Keeps the directory up to date from model-pool's watch stream. While model-pool is away the last table stays in force. */
export async function followPoolTable(
  directory: WorkerDirectory,
  poolUrl: string,
  serviceToken: string | undefined,
  log: PinoLogger,
  signal: AbortSignal,
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    try {
      const response = await axios.get<AsyncIterable<Buffer>>(`${poolUrl}/v1/workers/watch`, {
        responseType: 'stream',
        headers: serviceToken === undefined ? {} : { authorization: `Bearer ${serviceToken}` },
        signal,
        proxy: false,
      });
      if (isAway) log.info({ event: 'model-pool-back' });
      isAway = false;
      for await (const { data } of readEvents(response.data, workerEventParser())) directory.replace(JSON.parse(data) as WorkerTable);
    } catch (error) {
      if (signal.aborted) return;
      // Errors of axios carry the request, and with it the token: only the sentence is logged.
      if (!isAway) log.warn({ event: 'model-pool-away', reason: error instanceof Error ? error.message : String(error) });
      isAway = true;
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
