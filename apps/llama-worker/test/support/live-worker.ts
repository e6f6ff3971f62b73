import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { VllmCompletion, VllmCompletionRequest } from '@interleave/contracts';
import { freePort, waitUntil } from '@interleave/testing';
import type { LiveWorkerFiles } from './describe-with-model';

const START_DEADLINE_MS = 60_000;

/** The built worker as a process of its own. */
export class LiveWorker {
  private constructor(
    readonly url: string,
    readonly process: ChildProcess,
    /** Everything it printed so far. */
    readonly output: () => string,
  ) {}

  static async start(files: LiveWorkerFiles, environment: Record<string, string> = {}): Promise<LiveWorker> {
    const port = await freePort();
    const child = LiveWorker.spawn(files.program, { MODEL_PATH: files.model, WORKER_PORT: String(port), ...environment });
    const worker = new LiveWorker(`http://127.0.0.1:${port}`, child.process, child.output);
    await waitUntil(() => worker.output().includes('"event":"listening"') || child.process.exitCode !== null, START_DEADLINE_MS);
    if (child.process.exitCode !== null) throw new Error(`The worker ended: ${worker.output()}`);
    return worker;
  }

  static spawn(program: string, environment: Record<string, string>): { readonly process: ChildProcess; readonly output: () => string } {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString('utf8')));
    return { process: child, output: () => output };
  }

  post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', body: JSON.stringify(body), signal });
  }

  async complete(request: VllmCompletionRequest): Promise<VllmCompletion> {
    const response = await this.post('/v1/completions', { temperature: 0, return_token_ids: true, ...request });
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as VllmCompletion;
  }

  async tokenize(body: unknown): Promise<number[]> {
    return ((await (await this.post('/tokenize', body)).json()) as { tokens: number[] }).tokens;
  }

  async detokenize(tokens: readonly number[]): Promise<string> {
    return ((await (await this.post('/detokenize', { tokens })).json()) as { prompt: string }).prompt;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{.*\\} (.+)$`, 'm').exec(text)?.[1]);
  }

  /** @returns its exit status */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    const [status] = (await exited) as [number | null];
    return status;
  }
}
