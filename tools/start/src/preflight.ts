import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { AppError } from '@interleave/kernel';
import { checkStart } from '../../../apps/model-pool/src/startup/check-start';
import type { StartCheck } from '../../../apps/model-pool/src/startup/check-start';
import { requireFreePort } from './ports';
import type { StartSettings } from './start-settings';

/**
 * Whatever would stop the start later is found now, before anything is started.
 * @throws AppError, one sentence with the remedy
 */
export async function preflight({ gateway, toolServer, modelPool }: StartSettings): Promise<StartCheck | null> {
  await requireFreePort(gateway.apiPort, gateway.apiHost, 'the OpenAI API', '--port');
  if (toolServer) await requireFreePort(toolServer.toolPort, toolServer.toolHost, 'the tool server', '--tool-port');
  if (modelPool) await requireFreePort(modelPool.poolPort, modelPool.poolHost, 'model-pool', '--pool-port');
  const check = modelPool ? await checkStart(modelPool) : null;
  if (toolServer) await requireDocker();
  return check;
}

async function requireDocker(): Promise<void> {
  try {
    await new DockerContainerRuntime().describe(AbortSignal.timeout(10_000));
  } catch (error) {
    throw new AppError(
      'docker_unavailable',
      `No Docker engine answers (${error instanceof Error ? error.message : String(error)}). Model code runs in Docker containers only: ` +
        'install and start Docker (https://docs.docker.com/engine/install), check that you may use it (`docker info`), or point --tool-server-url at a tool server elsewhere.',
      { cause: error },
    );
  }
}
