import type { ContainerRuntime } from '@interleave/docker-runtime';
import type { ServiceDefinition } from '@interleave/platform';
import { ToolServerSettings } from '@interleave/settings';
import { AppModule } from './app.module';
import { chooseBackend } from './backend/choose-backend';

/** The service on a container engine: the real one, or a test's. */
export function toolServer(runtime: ContainerRuntime): ServiceDefinition<ToolServerSettings> {
  return {
    name: 'tool-server',
    settingsClass: ToolServerSettings,
    module: async (settings) => AppModule.register(await chooseBackend(settings, runtime)),
    address: ({ toolHost, toolPort }) => ({ host: toolHost, port: toolPort }),
    bodyLimitMib: () => 16,
  };
}
