import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { bound } from './bound';
import { DrainService } from './drain.service';
import { METRICS } from './metrics';
import { Public } from './public.decorator';
import { LIVENESS, READINESS } from './readiness';
import type { Liveness, Readiness } from './readiness';

/** `/health`: the process lives. `/ready`: it can do its job. `/metrics`: Prometheus. */
@Controller()
export class HealthController {
  constructor(
    private readonly drain: DrainService,
    @Inject(METRICS) private readonly metrics: Registry,
    private readonly modules: ModuleRef,
  ) {}

  @Public()
  @Get('health')
  health(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const reason = bound<Liveness>(this.modules, LIVENESS)?.deadBecause() ?? null;
    response.status(reason === null ? 200 : 503);
    return reason === null ? { status: 'ok' } : { status: 'dead', reason };
  }

  @Public()
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const readiness = bound<Readiness>(this.modules, READINESS);
    const reason = this.drain.isDraining ? 'The service is shutting down.' : (readiness?.notReadyBecause() ?? null);
    response.status(reason === null ? 200 : 503);
    return { status: reason === null ? 'ready' : 'not_ready', reason, ...readiness?.describe() };
  }

  @Public()
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metricsText(): Promise<string> {
    return this.metrics.metrics();
  }
}
