import type { ServiceDefinition } from '@interleave/platform';
import { ModelPoolSettings } from '@interleave/settings';
import { ModelPoolModule } from './model-pool.module';
import { checkStart } from './startup/check-start';

export const MODEL_POOL: ServiceDefinition<ModelPoolSettings> = {
  name: 'model-pool',
  settingsClass: ModelPoolSettings,
  // What can't be started is told before anything is.
  module: async (settings) => ModelPoolModule.with(await checkStart(settings)),
  address: ({ poolHost, poolPort }) => ({ host: poolHost, port: poolPort }),
  bodyLimitMib: () => 1,
};
