import type { PoolEvent } from '@interleave/contracts';
import { Deferred } from '@interleave/kernel';
import { clientSignal, openEventStream } from '@interleave/platform';
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { PoolEvents } from './pool-events';

const PING_INTERVAL_MS = 10_000;

/** What happened to workers, and why. */
@Controller('v1/events')
export class EventsController {
  constructor(private readonly events: PoolEvents) {}

  @Get()
  list(): { readonly events: readonly PoolEvent[] } {
    return { events: this.events.last() };
  }

  /** The last hundred at once, then each as it happens. */
  @Get('watch')
  async watch(@Res() response: Response): Promise<void> {
    const signal = clientSignal(response);
    const stream = openEventStream(response, signal);
    const ping = setInterval(() => stream.ping(), PING_INTERVAL_MS);
    const ended = new Deferred<void>();
    // A reader that doesn't keep up is hung up on: it comes back for the last hundred.
    const send = (event: PoolEvent): void => {
      if (!stream.push(JSON.stringify(event))) ended.resolve();
    };
    for (const event of this.events.last()) stream.push(JSON.stringify(event));
    const stopListening = this.events.listen(send);
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    // It may have left before it was heard.
    if (signal.aborted) ended.resolve();
    await ended.promise;
    stopListening();
    clearInterval(ping);
    stream.end();
  }
}
