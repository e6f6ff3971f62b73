import { once } from 'node:events';
import { clientSignal } from '@interleave/platform';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { followLog } from '../launch/follow-log';
import { WorkerLog } from '../launch/worker-log';
import { WorkerPoolService } from './worker-pool.service';

const LINES = 200;

/** What a worker prints, as text. */
@Controller('v1/workers')
export class WorkerLogsController {
  constructor(private readonly pool: WorkerPoolService) {}

  /** The end of it; with `?follow=true` what comes after it too, until the client hangs up. */
  @Get(':id/log')
  async read(@Param('id') id: string, @Query('follow') follow: unknown, @Res() response: Response): Promise<void> {
    const path = this.pool.logFileOf(id);
    const signal = clientSignal(response);
    const lines = new WorkerLog(path).lastLines(LINES);
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.write(lines.map((line) => `${line}\n`).join(''));
    if (follow === 'true') {
      response.flushHeaders();
      for await (const bytes of followLog(path, signal)) {
        if (!response.write(bytes)) await once(response, 'drain', { signal }).catch(() => undefined);
      }
    }
    response.end();
  }
}
