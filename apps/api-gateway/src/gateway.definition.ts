import type { ServiceDefinition } from '@interleave/platform';
import { GatewaySettings } from '@interleave/settings';
import { AppModule } from './app.module';

export const gatewayDefinition: ServiceDefinition<GatewaySettings> = {
  name: 'api-gateway',
  settingsClass: GatewaySettings,
  module: () => AppModule,
  address: (settings) => ({ host: settings.apiHost, port: settings.apiPort }),
  bodyLimitMib: (settings) => settings.bodyLimitMib,
};
