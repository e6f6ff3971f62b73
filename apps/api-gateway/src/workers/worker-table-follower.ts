import { AppError } from '@interleave/kernel';
import type { GatewaySettings } from '@interleave/settings';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { PinoLogger } from 'nestjs-pino';
import type { HttpTransport } from '../http/http-connections';
import { followPoolTable } from './pool-table-source';
import { followStaticWorkers } from './static-table-source';
import type { WorkerDirectory } from './worker-directory';

/** Feeds the directory as long as the gateway lives: from model-pool, or from a list of URLs. */
export class WorkerTableFollower implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly abort = new AbortController();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: WorkerDirectory,
    private readonly settings: GatewaySettings,
    private readonly transport: HttpTransport,
    private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    const { modelPoolUrl, workerUrls, externalWorkerKey = null, serviceToken } = this.settings;
    if (workerUrls.length > 0)
      this.following = followStaticWorkers(this.directory, workerUrls, externalWorkerKey, this.transport, this.abort.signal);
    else if (modelPoolUrl !== undefined)
      this.following = followPoolTable(this.directory, modelPoolUrl, serviceToken, this.log, this.abort.signal);
    else
      throw new AppError(
        'invalid_settings',
        'The gateway has no workers: set MODEL_POOL_URL, or WORKER_URLS for workers that someone else runs.',
      );
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort();
    await this.following;
  }
}
