import { availableParallelism } from 'node:os';
import { DIRECT_ROUTES, DrainService, METRICS, READINESS, ServiceTokenGuard, SystemClock } from '@interleave/platform';
import type { DirectRoute, Readiness } from '@interleave/platform';
import { ToolServerSettings } from '@interleave/settings';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import type { Registry } from 'prom-client';
import { SANDBOX_BACKEND } from './backend/sandbox-backend';
import type { SandboxBackend } from './backend/sandbox-backend';
import { CapabilitiesController } from './capabilities/capabilities.controller';
import { CallAnswerer } from './executions/call-answerer';
import { ExecutionRoutes } from './executions/execution-routes';
import { FileRoutes } from './files/file-routes';
import { ToolServerLifecycle } from './lifecycle/tool-server-lifecycle';
import { CallRecorder } from './metrics/call-recorder';
import { registerPoolGauges } from './metrics/pool-gauges';
import { createDispatcher } from './observation/create-dispatcher';
import { ObservationRoutes } from './observation/observation-routes';
import { poolPolicy } from './pool/pool-policy';
import { RunGate } from './pool/run-gate';
import { SandboxPool } from './pool/sandbox-pool';
import { SleeperWatch } from './pool/sleeper-watch';
import { SessionRegistry } from './sessions/session-registry';
import { SessionOpener } from './sessions/session-opener';
import { SessionRoutes } from './sessions/session-routes';

/** Part of a call is on its way between processes: with fewer of them the processors have nothing to do meanwhile. */
const RUN_SLOTS_PER_PROCESSOR = 2;

/** Which port is bound to which adapter. */
@Module({})
export class AppModule {
  static register(backend: SandboxBackend): DynamicModule {
    return {
      module: AppModule,
      controllers: [CapabilitiesController],
      providers: [
        { provide: SANDBOX_BACKEND, useValue: backend },
        {
          provide: APP_GUARD,
          inject: [Reflector, ToolServerSettings],
          useFactory: (reflector: Reflector, settings: ToolServerSettings) => new ServiceTokenGuard(reflector, settings.serviceToken),
        },
        {
          provide: SandboxPool,
          inject: [ToolServerSettings, SystemClock, PinoLogger],
          useFactory: (settings: ToolServerSettings, clock: SystemClock, log: PinoLogger) =>
            new SandboxPool(poolPolicy(settings, backend.costs), backend, clock, log),
        },
        {
          provide: RunGate,
          inject: [ToolServerSettings],
          useFactory: (settings: ToolServerSettings) => new RunGate(settings.runSlots || RUN_SLOTS_PER_PROCESSOR * availableParallelism()),
        },
        {
          provide: SleeperWatch,
          inject: [RunGate],
          useFactory: (gate: RunGate) => new SleeperWatch(gate),
        },
        {
          provide: SessionRegistry,
          inject: [ToolServerSettings, SandboxPool, RunGate, SystemClock],
          useFactory: (settings: ToolServerSettings, pool: SandboxPool, gate: RunGate, clock: SystemClock) =>
            new SessionRegistry(
              {
                idleTimeoutMs: settings.sessionTimeout * 1000,
                defaults: {
                  maxOutputBytes: settings.maxOutputBytes,
                  memoryMib: null,
                  checkpoint: backend.costs.hasCheckpoints ? settings.sandboxCheckpoint : 'off',
                  style: 'notebook',
                },
              },
              pool,
              gate,
              clock,
            ),
        },
        {
          provide: CallRecorder,
          inject: [METRICS, PinoLogger, SandboxPool, SessionRegistry, RunGate],
          useFactory: (metrics: Registry, log: PinoLogger, pool: SandboxPool, sessions: SessionRegistry, gate: RunGate) => {
            registerPoolGauges(metrics, pool, sessions, gate);
            return new CallRecorder(metrics, log);
          },
        },
        {
          provide: DIRECT_ROUTES,
          inject: [ToolServerSettings, SessionRegistry, DrainService, CallRecorder, SandboxPool, RunGate],
          useFactory: (
            settings: ToolServerSettings,
            sessions: SessionRegistry,
            drain: DrainService,
            recorder: CallRecorder,
            pool: SandboxPool,
            gate: RunGate,
          ): readonly DirectRoute[] => {
            const opener = new SessionOpener(sessions, drain, settings.sessionQueueTimeout * 1000);
            const answerer = new CallAnswerer(recorder);
            const dispatcher = createDispatcher(settings, { sessions, recorder, pool, gate });
            return [
              ...new SessionRoutes(sessions, opener, answerer, settings).routes,
              ...new ExecutionRoutes(opener, answerer, settings).routes,
              ...new FileRoutes(sessions, settings.maxFileBytes).routes,
              ...new ObservationRoutes(dispatcher, drain, settings).routes,
            ];
          },
        },
        {
          provide: ToolServerLifecycle,
          inject: [SandboxPool, SessionRegistry, PinoLogger],
          useFactory: (pool: SandboxPool, sessions: SessionRegistry, log: PinoLogger) =>
            new ToolServerLifecycle(backend, pool, sessions, log),
        },
        {
          // Not an alias: the framework would call the lifecycle's hooks once for each of its names.
          provide: READINESS,
          inject: [ToolServerLifecycle],
          useFactory: (lifecycle: ToolServerLifecycle): Readiness => ({
            notReadyBecause: () => lifecycle.notReadyBecause(),
            describe: () => lifecycle.describe(),
          }),
        },
      ],
    };
  }
}
