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
  return modelPool ? checkStart(modelPool) : null;
}
