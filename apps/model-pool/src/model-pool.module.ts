import { READINESS, ServiceTokenGuard } from '@interleave/platform';
import { ModelPoolSettings } from '@interleave/settings';
import { Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { DevicesController } from './devices/devices.controller';
import { PoolReadiness } from './workers/pool-readiness';
import { WorkerMetrics } from './workers/worker-metrics';
import { WorkerPoolService } from './workers/worker-pool.service';
import { WorkerTableStore } from './workers/worker-table';
import { WorkersController } from './workers/workers.controller';

@Module({
  controllers: [WorkersController, DevicesController],
  providers: [
    { provide: WorkerTableStore, useFactory: () => new WorkerTableStore() },
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
