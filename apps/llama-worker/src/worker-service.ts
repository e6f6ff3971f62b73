import type { ServiceDefinition } from '@interleave/platform';
import { LlamaWorkerSettings } from '@interleave/settings';
import type { LanguageModel } from './engine/language-model';
import { WorkerModule } from './worker.module';

/** The service around a way to load its model. */
export function workerService(
  loadModel: (settings: LlamaWorkerSettings) => Promise<LanguageModel>,
  checkSettings: (settings: LlamaWorkerSettings) => void = () => undefined,
): ServiceDefinition<LlamaWorkerSettings> {
  return {
    name: 'llama-worker',
    settingsClass: LlamaWorkerSettings,
    module: (settings) => {
      checkSettings(settings);
      return WorkerModule.register(() => loadModel(settings));
    },
    address: ({ workerHost, workerPort }) => ({ host: workerHost, port: workerPort }),
    bodyLimitMib: ({ bodyLimitMib }) => bodyLimitMib,
  };
}
