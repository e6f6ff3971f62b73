import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions';
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
  ) {}

  @Public()
  @Get('health')
  health(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const reason = this.bound<Liveness>(LIVENESS)?.deadBecause() ?? null;
    response.status(reason === null ? 200 : 503);
    return reason === null ? { status: 'ok' } : { status: 'dead', reason };
  }

  @Public()
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Record<string, unknown> {
    const readiness = this.bound<Readiness>(READINESS);
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

  /** An app binds these in a module of its own, or not at all: hence the lookup across modules. */
  private bound<Port>(token: symbol): Port | null {
    try {
      return this.modules.get<Port>(token, { strict: false });
    } catch (error) {
      if (error instanceof UnknownElementException) return null;
      throw error;
    }
  }
}
