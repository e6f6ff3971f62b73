import { setTimeout as sleep } from 'node:timers/promises';
import { DEMAND_LEASE_MS } from '@interleave/contracts';
import type { DemandReport } from '@interleave/contracts';
import { within } from '@interleave/platform';
import type { PinoLogger } from 'nestjs-pino';
import type { HttpTransport } from '../http/http-connections';
import { exchange } from '../http/exchange';
import { placeOf } from '../http/place-of';
import { newId } from '../new-id';
import type { HeldRequests } from './held-requests';

const REPEAT_MS = DEMAND_LEASE_MS / 5;
const TIMEOUT_MS = 2_000;

interface Waiting {
  requests: number;
  /** Ends the pause between two reports. */
  wake: AbortController;
}

/** Tells model-pool how many requests wait here for a worker of a deployment: at once, again and again, and when none does any more. */
export class DemandReporter implements HeldRequests {
  private readonly gateway = newId('gw_');
  private readonly waiting = new Map<string, Waiting>();
  private isAway = false;

  constructor(
    private readonly poolUrl: string,
    private readonly serviceToken: string | undefined,
    private readonly transport: HttpTransport,
    private readonly log: PinoLogger,
  ) {}

  hold(deployment: string): () => void {
    let one = this.waiting.get(deployment);
    if (one) one.requests += 1;
    else {
      one = { requests: 1, wake: new AbortController() };
      this.waiting.set(deployment, one);
      void this.report(deployment, one);
    }
    const held = one;
    return () => {
      held.requests -= 1;
      if (held.requests === 0) held.wake.abort();
    };
  }

  private async report(deployment: string, one: Waiting): Promise<void> {
    for (let told = one.requests; ; told = one.requests) {
      await this.tell(deployment, told);
      if (told === 0 && one.requests === 0) break;
      if (one.requests === 0) continue;
      one.wake = new AbortController();
      await sleep(REPEAT_MS, undefined, { signal: one.wake.signal, ref: false }).catch(() => undefined);
    }
    this.waiting.delete(deployment);
  }

  /** A report that is lost is followed by the next one, and forgotten there if none comes. */
  private async tell(deployment: string, requests: number): Promise<void> {
    const { origin, pathname } = placeOf(this.poolUrl);
    const report: DemandReport = { gateway: this.gateway, requests };
    const authorization = this.serviceToken === undefined ? {} : { authorization: `Bearer ${this.serviceToken}` };
    try {
      const path = `${pathname}/v1/deployments/${encodeURIComponent(deployment)}/demand`;
      const headers = { 'content-type': 'application/json', ...authorization };
      const { status } = await within(TIMEOUT_MS, NEVER, (signal) =>
        exchange(this.transport, { origin, path, method: 'POST', headers, body: JSON.stringify(report) }, signal),
      );
      // A deployment that was deleted meanwhile is told by the table.
      if (status >= 300 && status !== 404) throw new Error(`It answered ${status}.`);
      this.isAway = false;
    } catch (error) {
      if (!this.isAway)
        this.log.warn({ event: 'demand-not-told', deployment, reason: error instanceof Error ? error.message : String(error) });
      this.isAway = true;
    }
  }
}

const NEVER = new AbortController().signal;
