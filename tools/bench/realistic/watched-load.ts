import type { Capabilities } from '@interleave/contracts';
import { HttpClient } from '../../harness/http-client';
import { residentBytesOf } from '../../harness/processes';
import type { RunningToolServer } from '../../harness/running-tool-server';
import type { ChildProgram } from '../../harness/child-program';
import { availableMib } from '../sandbox-room';

const LOOK_EVERY_MS = 1000;

/** The most that was seen at once. */
export interface Peaks {
  sessions: number;
  /** Waiting at the gateway. */
  waiting: number;
  gatewayMib: number;
  toolServerMib: number;
  /** What the machine had less of. */
  usedMib: number;
}

/** Looks at the services once a second until it is ended. Its questions are few and cheap. */
export class WatchedLoad {
  readonly peaks: Peaks = { sessions: 0, waiting: 0, gatewayMib: 0, toolServerMib: 0, usedMib: 0 };
  private readonly tools: HttpClient;
  private readonly timer: NodeJS.Timeout;

  /** @param availableBeforeMib before anything was started */
  constructor(
    private readonly server: RunningToolServer,
    private readonly gatewayUrl: string,
    private readonly gateway: ChildProgram,
    private readonly availableBeforeMib: number,
  ) {
    this.tools = new HttpClient(server.url, server.token);
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
  }

  async end(): Promise<Peaks> {
    clearInterval(this.timer);
    await this.tools.close();
    return this.peaks;
  }

  private async look(): Promise<void> {
    this.raise('gatewayMib', (residentBytesOf(this.gateway.pid) ?? 0) / 2 ** 20);
    this.raise('toolServerMib', (residentBytesOf(this.server.program.pid) ?? 0) / 2 ** 20);
    this.raise('usedMib', this.availableBeforeMib - availableMib());
    const metrics = await (await fetch(`${this.gatewayUrl}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
    this.raise('waiting', Number(/^interleave_trajectories_waiting (\d+)$/m.exec(metrics)?.[1] ?? 0));
    this.raise('sessions', (await this.tools.json<Capabilities>('GET', '/v1/capabilities')).sessions.active);
  }

  private raise(what: keyof Peaks, value: number): void {
    this.peaks[what] = Math.max(this.peaks[what], value);
  }
}
