import { GetObservationRequestDto } from '@interleave/contracts';
import type { GetObservationResponse } from '@interleave/contracts';
import { clientSignal, DrainService } from '@interleave/platform';
import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { bodyPipe } from '../body-pipe';
import { ObservationDispatcher } from './observation-dispatcher';
import { toObservationItems } from './observation-item';

/** VerlTool's tool server, on its own wire: a trainer can use this one in its place. */
@Controller('get_observation')
export class GetObservationController {
  constructor(
    private readonly dispatcher: ObservationDispatcher,
    private readonly drain: DrainService,
  ) {}

  @Post()
  @HttpCode(200)
  async observe(
    @Body(bodyPipe) body: GetObservationRequestDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GetObservationResponse> {
    const startedAtMs = performance.now();
    const items = toObservationItems(body);
    const work = this.drain.enter();
    try {
      const observations = await this.dispatcher.observeAll(items, AbortSignal.any([clientSignal(response), work.signal]));
      const processingTimeMs = performance.now() - startedAtMs;
      response.setHeader('x-process-time', (processingTimeMs / 1000).toFixed(6));
      return {
        observations: observations.map(({ observation }) => observation),
        dones: observations.map(({ isDone }) => isDone),
        valids: observations.map(({ isValid }) => isValid),
        processing_time_ms: processingTimeMs,
        // Waiting happens item by item and is part of the time above.
        queue_time_ms: 0,
      };
    } finally {
      work.release();
    }
  }
}
