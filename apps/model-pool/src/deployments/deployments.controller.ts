import type { DeploymentRow } from '@interleave/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { WorkerPoolService } from '../workers/worker-pool.service';

/** What runs here, and how many copies of it. Changes take effect while requests go on. */
@Controller('v1/deployments')
export class DeploymentsController {
  constructor(private readonly pool: WorkerPoolService) {}

  @Get()
  list(): { readonly deployments: readonly DeploymentRow[] } {
    return { deployments: this.pool.list() };
  }

  @Post()
  create(@Body() body: unknown): DeploymentRow {
    return this.pool.create(body);
  }

  @Put(':name')
  @HttpCode(202)
  replace(@Param('name') name: string, @Body() body: unknown): DeploymentRow {
    return this.pool.replace(name, body);
  }

  @Post(':name/scale')
  @HttpCode(202)
  scale(@Param('name') name: string, @Body() body: { readonly num_models?: unknown } | null): DeploymentRow {
    return this.pool.scale(name, body?.num_models);
  }

  @Post(':name/restart')
  @HttpCode(202)
  restart(@Param('name') name: string): DeploymentRow {
    return this.pool.restartDeployment(name);
  }

  @Delete(':name')
  @HttpCode(202)
  delete(@Param('name') name: string): void {
    this.pool.delete(name);
  }
}
