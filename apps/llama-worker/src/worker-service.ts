import type { ServiceDefinition } from '@interleave/platform';
import { LlamaWorkerSettings } from '@interleave/settings';
import type { LanguageModel } from './engine/language-model';
import { WorkerModule } from './worker.module';

/** The service around a way to load its model, which is loaded before anything else is made. */
export function workerService(
  loadModel: (settings: LlamaWorkerSettings) => Promise<LanguageModel>,
): ServiceDefinition<LlamaWorkerSettings> {
  return {
    name: 'llama-worker',
    settingsClass: LlamaWorkerSettings,
    module: async (settings) => WorkerModule.register(await loadModel(settings)),
    address: ({ workerHost, workerPort }) => ({ host: workerHost, port: workerPort }),
    bodyLimitMib: ({ bodyLimitMib }) => bodyLimitMib,
  };
}
