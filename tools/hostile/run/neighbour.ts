import type { SandboxClient } from './sandbox-client';

const EVERY_MS = 50;
const PATIENCE_MS = 30_000;

/** A call of the neighbour: when it ended, how long it took, and what was wrong with its answer. */
export interface NeighbourCall {
  readonly endedAt: number;
  readonly tookMs: number;
  readonly complaint: string | null;
}

/** A session next door with a variable, a file and a counter of its own, which calls every 50 ms and must never notice anything. */
export class Neighbour {
  readonly calls: NeighbourCall[] = [];
  private readonly ending = new AbortController();
  private done: Promise<void> = Promise.resolve();
  private count = 0;
  private files = '';

  private constructor(
    private readonly client: SandboxClient,
    private session: string,
    private readonly secret: string,
  ) {}

  /** @param secret planted in its variables and in a file; nobody else may ever find it */
  static async moveIn(client: SandboxClient, secret: string): Promise<Neighbour> {
    const neighbour = new Neighbour(client, await client.open(), secret);
    await neighbour.furnish();
    neighbour.done = neighbour.live();
    return neighbour;
  }

  complaintsSince(startedAt: number): readonly string[] {
    const complaints = this.calls.flatMap(({ endedAt, complaint }) => (endedAt >= startedAt && complaint !== null ? [complaint] : []));
    return [...new Set(complaints)].map((complaint) => `the neighbour: ${complaint}`);
  }

  async moveOut(): Promise<void> {
    this.ending.abort();
    await this.done;
    await this.client.close(this.session);
  }

  private async moveAgain(): Promise<void> {
    try {
      await this.client.close(this.session);
      this.session = await this.client.open();
      await this.furnish();
    } catch (error) {
      this.calls.push({ endedAt: performance.now(), tookMs: 0, complaint: `it can't move again: ${String(error)}` });
    }
  }

  private async furnish(): Promise<void> {
    const code = `import os\nsecret, n = "${this.secret}", 0\nopen("neighbours-own", "w").write(secret)\nsorted(os.listdir("."))`;
    const answer = await this.client.execute(this.session, { code }, PATIENCE_MS);
    if (!('result' in answer) || answer.result.status !== 'ok')
      throw new Error(`the neighbour could not move in: ${JSON.stringify(answer)}`);
    this.files = String(answer.result.value);
    this.count = 0;
  }

  private async live(): Promise<void> {
    while (!this.ending.signal.aborted) {
      const startedAt = performance.now();
      const complaint = await this.callOnce();
      const endedAt = performance.now();
      this.calls.push({ endedAt, tookMs: endedAt - startedAt, complaint });
      // One loss is one complaint: it starts anew.
      if (complaint !== null) await this.moveAgain();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (endedAt - startedAt))));
    }
  }

  private async callOnce(): Promise<string | null> {
    this.count += 1;
    const code = 'n += 1; print(secret); [n, sorted(os.listdir(".")), open("neighbours-own").read()]';
    try {
      const answer = await this.client.execute(this.session, { code }, PATIENCE_MS);
      if (!('result' in answer)) return `its call was refused: ${JSON.stringify(answer.refusal)}`;
      const { status, state, stdout, value } = answer.result;
      const expected = `[${this.count}, ${this.files}, '${this.secret}']`;
      if (status === 'ok' && state === 'kept' && stdout === `${this.secret}\n` && value === expected) return null;
      return `it got ${JSON.stringify({ status, state, stdout, value }).slice(0, 300)} for call ${this.count}`;
    } catch (error) {
      return `its call failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
