import type { DeploymentRow } from '@interleave/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { DeploymentsService } from './deployments.service';

/** What runs here, and how many copies of it. Changes take effect while requests go on. */
@Controller('v1/deployments')
export class DeploymentsController {
  constructor(private readonly deployments: DeploymentsService) {}

  @Get()
  list(): { readonly deployments: readonly DeploymentRow[] } {
    return { deployments: this.deployments.list() };
  }

  @Post()
  create(@Body() body: unknown): DeploymentRow {
    return this.deployments.create(body);
  }

  @Put(':name')
  @HttpCode(202)
  replace(@Param('name') name: string, @Body() body: unknown): DeploymentRow {
    return this.deployments.replace(name, body);
  }

  @Post(':name/scale')
  @HttpCode(202)
  scale(@Param('name') name: string, @Body() body: unknown): DeploymentRow {
    return this.deployments.scale(name, body);
  }

  /** Requests wait at a gateway: a report that is not repeated is forgotten after some seconds. */
  @Post(':name/demand')
  @HttpCode(202)
  noteDemand(@Param('name') name: string, @Body() body: unknown): void {
    this.deployments.noteDemand(name, body);
  }

  @Post(':name/restart')
  @HttpCode(202)
  restart(@Param('name') name: string): DeploymentRow {
    return this.deployments.restart(name);
  }

  @Post(':name/drain')
  @HttpCode(202)
  drain(@Param('name') name: string): DeploymentRow {
    return this.deployments.drain(name);
  }

  @Delete(':name')
  @HttpCode(202)
  delete(@Param('name') name: string): void {
    this.deployments.delete(name);
  }
}
