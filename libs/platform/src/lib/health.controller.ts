import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Response } from 'express';
import { Registry } from 'prom-client';
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
    @Optional() @Inject(LIVENESS) private readonly liveness?: Liveness,
  ) {}

  @Public()
  @Get('health')
  health(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const reason = this.liveness?.deadBecause() ?? null;
    response.status(reason === null ? 200 : 503);
    return reason === null ? { status: 'ok' } : { status: 'dead', reason };
  }

  @Public()
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const readiness = this.readiness();
    const reason = this.drain.isDraining ? 'The service is shutting down.' : readiness.notReadyBecause();
    response.status(reason === null ? 200 : 503);
    return { status: reason === null ? 'ready' : 'not_ready', reason, ...readiness.describe() };
  }

  @Public()
  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metricsText(): Promise<string> {
    return this.metrics.metrics();
  }

  /** The app binds it in a module of its own, wherever that is. */
  private readiness(): Readiness {
    return this.modules.get<Readiness>(READINESS, { strict: false });
  }
}
