import type { MeasuredLoad, ProbeOutcome, SleepLevel } from '@interleave/worker-lifecycle';
import type { AxiosInstance } from 'axios';
import { fallAsleep, isSleeping, wakeUp } from '../probes/engine-sleep';
import type { SleepOutcome } from '../probes/engine-sleep';
import { measureLoad } from '../probes/measure-load';
import { probeWorker } from '../probes/probe-worker';
import { createWorkerHttp } from '../probes/worker-http';
import { NamedTimers } from './named-timers';
import { LOAD_INTERVAL_MS } from './worker-context';

/** What is right for an engine that doesn't say what it kept: to read the weights again. */
const UNKNOWN_LEVEL: SleepLevel = 2;

/** Talks to one worker at one address until it is closed: a probe or an order when asked for, its load every second. */
export class WorkerContact {
  private readonly http: AxiosInstance;
  private readonly closing = new AbortController();
  private readonly timers = new NamedTimers();
  private probing = 0;
  private following = 0;
  private order = new AbortController();
  private hasSleepMode = true;

  /** @param timeoutMs of each request */
  constructor(baseUrl: string, apiKey: string | null, timeoutMs: number) {
    this.http = createWorkerHttp(baseUrl, apiKey, timeoutMs);
  }

  probe(): Promise<ProbeOutcome> {
    return probeWorker(this.http, (signal) => this.sleepLevel(signal), this.closing.signal);
  }

  /** An earlier probe that was not answered yet is of no interest any more. */
  probeLater(afterMs: number, report: (outcome: ProbeOutcome) => void): void {
    const number = (this.probing += 1);
    this.timers.set('probe', afterMs, () => {
      void this.probe().then((outcome) => {
        if (!this.closing.signal.aborted && number === this.probing) report(outcome);
      });
    });
  }

  /** Nobody hears of the outcome once the engine is told something else. */
  fallAsleep(level: SleepLevel, report: (outcome: SleepOutcome) => void): void {
    this.tell((signal) => fallAsleep(this.http, level, signal), report);
  }

  wakeUp(level: SleepLevel, report: (outcome: SleepOutcome) => void): void {
    this.tell((signal) => wakeUp(this.http, level, signal), report);
  }

  /** Goes on until it is closed, or begins anew: what was measured before that is of no interest any more. */
  followLoad(report: (load: MeasuredLoad) => void): void {
    const number = (this.following += 1);
    const measure = async (): Promise<void> => {
      const load = await measureLoad(this.http, this.closing.signal);
      if (this.closing.signal.aborted || number !== this.following) return;
      if (load) report(load);
      this.timers.set('load', LOAD_INTERVAL_MS, () => void measure());
    };
    void measure();
  }

  close(): void {
    this.closing.abort();
    this.order.abort();
    this.timers.clearAll();
  }

  private tell(order: (signal: AbortSignal) => Promise<SleepOutcome>, report: (outcome: SleepOutcome) => void): void {
    this.order.abort();
    this.order = new AbortController();
    const { signal } = this.order;
    void order(signal).then((outcome) => {
      if (!signal.aborted) report(outcome);
    });
  }

  private async sleepLevel(signal: AbortSignal): Promise<SleepLevel | null> {
    if (!this.hasSleepMode) return null;
    const answer = await isSleeping(this.http, signal);
    // An engine gets no further routes while it runs: asked once, it isn't asked again.
    if (answer === null) this.hasSleepMode = false;
    if (answer !== true) return null;
    return (await measureLoad(this.http, signal))?.sleepLevel ?? UNKNOWN_LEVEL;
  }
}
