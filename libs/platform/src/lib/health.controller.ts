import { Controller, Get, Header, Inject, Optional, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { DrainService } from './drain.service';
import { METRICS } from './metrics';
import { Public } from './public.decorator';
import { READINESS } from './readiness';
import type { Readiness } from './readiness';

/** `/health`: the process lives. `/ready`: it can do its job. `/metrics`: Prometheus. */
@Controller()
export class HealthController {
  constructor(
    private readonly drain: DrainService,
    @Inject(METRICS) private readonly metrics: Registry,
    @Optional() @Inject(READINESS) private readonly readiness?: Readiness,
  ) {}

  @Public()
  @Get('health')
  health(): { status: string } {
    return { status: 'ok' };
  }

  @Public()
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const reason = this.drain.isDraining ? 'The service is shutting down.' : (this.readiness?.notReadyBecause() ?? null);
    response.status(reason === null ? 200 : 503);
    return { status: reason === null ? 'ready' : 'not_ready', reason, ...this.readiness?.describe() };
  }

  @Public()
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metricsText(): Promise<string> {
    return this.metrics.metrics();
  }
}
