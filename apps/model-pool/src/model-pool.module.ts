import { resolve } from 'node:path';
import { READINESS, ServiceTokenGuard, SystemClock } from '@interleave/platform';
import { ModelPoolSettings } from '@interleave/settings';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { DeploymentRegistry } from './deployments/deployment-registry';
import { DeploymentsController } from './deployments/deployments.controller';
import { DeploymentsService } from './deployments/deployments.service';
import { DevicesController } from './devices/devices.controller';
import { createProcessTable } from './processes/process-table';
import type { StartCheck } from './startup/check-start';
import { DemandKeeper } from './workers/demand-keeper';
import { EventsController } from './workers/events.controller';
import { FleetRunner } from './workers/fleet-runner';
import { PoolEvents } from './workers/pool-events';
import { PoolReadiness } from './workers/pool-readiness';
import { WorkerFactory } from './workers/worker-factory';
import { WorkerLogsController } from './workers/worker-logs.controller';
import { WorkerMetrics } from './workers/worker-metrics';
import { WorkerPoolService } from './workers/worker-pool.service';
import { WorkerTableStore } from './workers/worker-table';
import { WorkersController } from './workers/workers.controller';

/** The wiring: deployments → demand → fleet → workers → table. */
@Module({})
export class ModelPoolModule {
  static with(check: StartCheck): DynamicModule {
    const processes = createProcessTable();
    return {
      module: ModelPoolModule,
      controllers: [WorkersController, DeploymentsController, DevicesController, EventsController, WorkerLogsController],
      providers: [
        { provide: WorkerTableStore, useFactory: () => new WorkerTableStore() },
        { provide: PoolEvents, useFactory: (log: PinoLogger) => new PoolEvents(log), inject: [PinoLogger] },
        {
          provide: DeploymentRegistry,
          useFactory: (settings: ModelPoolSettings, log: PinoLogger) => new DeploymentRegistry(check, settings, log),
          inject: [ModelPoolSettings, PinoLogger],
        },
        {
          provide: WorkerFactory,
          useFactory: (settings: ModelPoolSettings, registry: DeploymentRegistry, events: PoolEvents, log: PinoLogger) =>
            new WorkerFactory(settings, registry, processes, resolve(settings.stateDirectory), events, log),
          inject: [ModelPoolSettings, DeploymentRegistry, PoolEvents, PinoLogger],
        },
        {
          provide: FleetRunner,
          useFactory: (factory: WorkerFactory, table: WorkerTableStore) => new FleetRunner(check.machine, factory, table),
          inject: [WorkerFactory, WorkerTableStore],
        },
        {
          provide: DemandKeeper,
          useFactory: (fleet: FleetRunner, table: WorkerTableStore, clock: SystemClock, log: PinoLogger) =>
            new DemandKeeper(fleet, table, clock, log),
          inject: [FleetRunner, WorkerTableStore, SystemClock, PinoLogger],
        },
        {
          provide: WorkerPoolService,
          useFactory: (
            settings: ModelPoolSettings,
            registry: DeploymentRegistry,
            factory: WorkerFactory,
            runner: FleetRunner,
            demand: DemandKeeper,
            table: WorkerTableStore,
            log: PinoLogger,
          ) => new WorkerPoolService(settings, resolve(settings.stateDirectory), processes, registry, factory, runner, demand, table, log),
          inject: [ModelPoolSettings, DeploymentRegistry, WorkerFactory, FleetRunner, DemandKeeper, WorkerTableStore, PinoLogger],
        },
        DeploymentsService,
        WorkerMetrics,
        { provide: READINESS, useClass: PoolReadiness },
        {
          provide: APP_GUARD,
          useFactory: (reflector: Reflector, settings: ModelPoolSettings) => new ServiceTokenGuard(reflector, settings.serviceToken),
          inject: [Reflector, ModelPoolSettings],
        },
      ],
    };
  }
}
