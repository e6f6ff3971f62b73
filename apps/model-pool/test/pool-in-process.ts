import { createService } from '@interleave/platform';
import { loadSettings, ModelPoolSettings } from '@interleave/settings';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { MODEL_POOL } from '../src/model-pool.service-definition';
import { PoolClient } from './pool-client';
import { Workplace } from './pool-settings';
import type { Behaviour } from './pool-settings';
import { killLeftovers } from './processes';

export interface RunningPool {
  readonly client: PoolClient;
  readonly workplace: Workplace;
  readonly close: () => Promise<void>;
}

/** model-pool in the test's own process, on a free port, with real worker processes. */
export async function startPool(
  behaviour: Behaviour = {},
  changes: Record<string, string> = {},
  workplace = new Workplace(behaviour),
): Promise<RunningPool> {
  const settings = loadSettings(ModelPoolSettings, { environment: workplace.environment(changes) });
  const app: NestExpressApplication = await createService(MODEL_POOL, settings);
  await app.listen(0, '127.0.0.1');
  const client = new PoolClient(await app.getUrl()).watch();
  return {
    client,
    workplace,
    close: async () => {
      await app.close();
      client.close();
      killLeftovers(workplace);
    },
  };
}
