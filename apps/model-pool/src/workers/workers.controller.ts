import type { WorkerRow, WorkerTable } from '@interleave/contracts';
import { clientSignal, openEventStream } from '@interleave/platform';
import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { WorkerPoolService } from './worker-pool.service';
import { WorkerTableStore } from './worker-table';

const PING_INTERVAL_MS = 10_000;

@Controller('v1/workers')
export class WorkersController {
  constructor(
    private readonly table: WorkerTableStore,
    private readonly pool: WorkerPoolService,
  ) {}

  @Get()
  list(): WorkerTable {
    return this.table.current();
  }

  /** The whole table at once, and again at each change. */
  @Get('watch')
  async watch(@Res() response: Response): Promise<void> {
    const signal = clientSignal(response);
    const stream = openEventStream(response, signal);
    const ping = setInterval(() => stream.ping(), PING_INTERVAL_MS);
    try {
      for await (const table of this.table.watch(signal)) await stream.send(JSON.stringify(table));
    } catch (error) {
      // The reader went away in the middle of a write.
      if (!signal.aborted) throw error;
    } finally {
      clearInterval(ping);
      stream.end();
    }
  }

  /** Lets running requests finish, stops the worker and starts it anew; also a failed one. */
  @Post(':id/restart')
  @HttpCode(202)
  restart(@Param('id') id: string): WorkerRow {
    return this.pool.restart(id);
  }

  /** Lets running requests finish, then stops the worker; a restart starts it again. */
  @Post(':id/drain')
  @HttpCode(202)
  drain(@Param('id') id: string): WorkerRow {
    return this.pool.drain(id);
  }

  /** Lets running requests finish, then puts the engine to sleep, where it can sleep. */
  @Post(':id/sleep')
  @HttpCode(202)
  sleep(@Param('id') id: string, @Body() body: { readonly level?: unknown } | null): WorkerRow {
    return this.pool.sleep(id, body?.level ?? 1);
  }

  @Post(':id/wake')
  @HttpCode(202)
  wake(@Param('id') id: string): WorkerRow {
    return this.pool.wake(id);
  }
}
