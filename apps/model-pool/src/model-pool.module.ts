import { READINESS, ServiceTokenGuard } from '@interleave/platform';
import { ModelPoolSettings } from '@interleave/settings';
import { Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { DeploymentsController } from './deployments/deployments.controller';
import { DevicesController } from './devices/devices.controller';
import { EventsController } from './workers/events.controller';
import { PoolEvents } from './workers/pool-events';
import { PoolReadiness } from './workers/pool-readiness';
import { WorkerLogsController } from './workers/worker-logs.controller';
import { WorkerMetrics } from './workers/worker-metrics';
import { WorkerPoolService } from './workers/worker-pool.service';
import { WorkerTableStore } from './workers/worker-table';
import { WorkersController } from './workers/workers.controller';

@Module({
  controllers: [WorkersController, DeploymentsController, DevicesController, EventsController, WorkerLogsController],
  providers: [
    { provide: WorkerTableStore, useFactory: () => new WorkerTableStore() },
    { provide: PoolEvents, useFactory: (log: PinoLogger) => new PoolEvents(log), inject: [PinoLogger] },
    WorkerPoolService,
    WorkerMetrics,
    { provide: READINESS, useClass: PoolReadiness },
    {
      provide: APP_GUARD,
      useFactory: (reflector: Reflector, settings: ModelPoolSettings) => new ServiceTokenGuard(reflector, settings.serviceToken),
      inject: [Reflector, ModelPoolSettings],
    },
  ],
})
export class ModelPoolModule {}
