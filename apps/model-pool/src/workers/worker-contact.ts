import type { MeasuredLoad, ProbeOutcome } from '@interleave/worker-lifecycle';
import type { AxiosInstance } from 'axios';
import { measureLoad } from '../probes/measure-load';
import { probeWorker } from '../probes/probe-worker';
import { createWorkerHttp } from '../probes/worker-http';
import { NamedTimers } from './named-timers';
import { LOAD_INTERVAL_MS } from './worker-context';

/** Talks to one worker at one address until it is closed: a probe when asked for, its load every second. */
export class WorkerContact {
  private readonly http: AxiosInstance;
  private readonly closing = new AbortController();
  private readonly timers = new NamedTimers();

  /** @param timeoutMs of each request */
  constructor(baseUrl: string, apiKey: string | null, timeoutMs: number) {
    this.http = createWorkerHttp(baseUrl, apiKey, timeoutMs);
  }

  probe(): Promise<ProbeOutcome> {
    return probeWorker(this.http, this.closing.signal);
  }

  probeLater(afterMs: number, report: (outcome: ProbeOutcome) => void): void {
    this.timers.set('probe', afterMs, () => {
      void this.probe().then((outcome) => {
        if (!this.closing.signal.aborted) report(outcome);
      });
    });
  }

  /** Goes on until it is closed. */
  followLoad(report: (load: MeasuredLoad) => void): void {
    const measure = async (): Promise<void> => {
      const load = await measureLoad(this.http, this.closing.signal);
      if (this.closing.signal.aborted) return;
      if (load) report(load);
      this.timers.set('load', LOAD_INTERVAL_MS, () => void measure());
    };
    void measure();
  }

  close(): void {
    this.closing.abort();
    this.timers.clearAll();
  }
}
