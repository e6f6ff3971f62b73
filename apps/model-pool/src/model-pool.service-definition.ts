import type { ServiceDefinition } from '@interleave/platform';
import { ModelPoolSettings } from '@interleave/settings';
import { ModelPoolModule } from './model-pool.module';

export const MODEL_POOL: ServiceDefinition<ModelPoolSettings> = {
  name: 'model-pool',
  settingsClass: ModelPoolSettings,
  module: () => ModelPoolModule,
  address: ({ poolHost, poolPort }) => ({ host: poolHost, port: poolPort }),
  bodyLimitMib: () => 1,
};
