import { setMaxListeners } from 'node:events';
import type { GetObservationResponse } from '@interleave/contracts';
import type { DirectRoute, DrainService, Exchange } from '@interleave/platform';
import type { ToolServerSettings } from '@interleave/settings';
import type { ObservationDispatcher } from './observation-dispatcher';
import { readObservationRequest } from './read-observation-request';

/** A batch of hundreds of items comes with their tests. */
const MAX_BODY_BYTES = 128 * 2 ** 20;

/** VerlTool's tool server, on its own wire: a trainer can use this one in its place. */
export class ObservationRoutes {
  readonly routes: readonly DirectRoute[] = [{ method: 'POST', path: '/get_observation', handle: (exchange) => this.observe(exchange) }];

  constructor(
    private readonly dispatcher: ObservationDispatcher,
    private readonly drain: DrainService,
    private readonly settings: ToolServerSettings,
  ) {}

  private async observe(exchange: Exchange): Promise<void> {
    const startedAtMs = performance.now();
    const work = this.drain.enter(exchange.signal);
    try {
      const text = new TextDecoder().decode(await exchange.readBytes(MAX_BODY_BYTES));
      const items = readObservationRequest(text, this.settings);
      // One listener for each item of the batch.
      setMaxListeners(0, work.signal);
      const observations = await this.dispatcher.observeAll(items, work.signal);
      const processingTimeMs = performance.now() - startedAtMs;
      const body: GetObservationResponse = {
        observations: observations.map(({ observation }) => observation),
        dones: observations.map(({ isDone }) => isDone),
        valids: observations.map(({ isValid }) => isValid),
        processing_time_ms: processingTimeMs,
        queue_time_ms: Math.max(0, ...observations.map(({ waitedMs }) => waitedMs)),
      };
      exchange.response.setHeader('x-process-time', (processingTimeMs / 1000).toFixed(6));
      exchange.sendJson(200, body);
    } finally {
      work.release();
    }
  }
}
