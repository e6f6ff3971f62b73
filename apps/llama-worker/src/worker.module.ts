import { LIVENESS, METRICS, READINESS, SystemClock } from '@interleave/platform';
import type { Liveness, Readiness } from '@interleave/platform';
import { LlamaWorkerSettings } from '@interleave/settings';
import { DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Registry } from 'prom-client';
import { ChatCompletionsController } from './chat-completions/chat-completions.controller';
import { CompletionsController } from './completions/completions.controller';
import { InferenceEngine } from './engine/inference-engine';
import type { LanguageModel } from './engine/language-model';
import { AnswersService } from './http/answers.service';
import { ServedModels } from './http/served-models';
import { WorkerKeyGuard } from './http/worker-key.guard';
import { WorkerMetrics } from './metrics/worker-metrics';
import { ModelsController } from './models/models.controller';
import { TokenizationController } from './tokenization/tokenization.controller';

/** The worker around a language model: llama.cpp in production, a scripted one in tests. */
@Module({})
export class WorkerModule {
  static register(model: LanguageModel): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [CompletionsController, ChatCompletionsController, TokenizationController, ModelsController],
      providers: [
        {
          provide: ServedModels,
          useFactory: (settings: LlamaWorkerSettings) => new ServedModels(settings.servedModelName),
          inject: [LlamaWorkerSettings],
        },
        {
          provide: WorkerMetrics,
          useFactory: (registry: Registry, models: ServedModels) => new WorkerMetrics(registry, models.names[0] ?? ''),
          inject: [METRICS, ServedModels],
        },
        {
          provide: InferenceEngine,
          useFactory: (settings: LlamaWorkerSettings, clock: SystemClock, metrics: WorkerMetrics) => {
            const engine = new InferenceEngine(model, settings.maxWaitingRequests, clock, metrics);
            metrics.watch(() => ({ ...engine.load, cacheUse: engine.load.keptTokens / engine.cacheTokens }));
            return engine;
          },
          inject: [LlamaWorkerSettings, SystemClock, WorkerMetrics],
        },
        { provide: AnswersService, useFactory: (engine: InferenceEngine) => new AnswersService(engine), inject: [InferenceEngine] },
        {
          provide: LIVENESS,
          useFactory: (engine: InferenceEngine): Liveness => ({ deadBecause: () => engine.deadBecause?.message ?? null }),
          inject: [InferenceEngine],
        },
        {
          provide: READINESS,
          useFactory: (engine: InferenceEngine, models: ServedModels): Readiness => ({
            notReadyBecause: () => engine.deadBecause?.message ?? null,
            describe: () => ({ engine: 'llama-worker', models: models.names, max_model_len: engine.facts.maxModelLen }),
          }),
          inject: [InferenceEngine, ServedModels],
        },
        {
          provide: APP_GUARD,
          useFactory: (settings: LlamaWorkerSettings) => new WorkerKeyGuard(settings.workerApiKey),
          inject: [LlamaWorkerSettings],
        },
      ],
    };
  }
}
