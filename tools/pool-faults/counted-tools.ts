import { Agent, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from '@interleave/testing';

interface Run {
  readonly session: string;
  readonly code: string;
  isTakenBack: boolean;
}

/** Programs that ran since the last look. */
export interface RunCount {
  readonly runs: number;
  /** Of them, those that ran although the same session had run the same program. */
  readonly twice: number;
  /** Begun early, and taken back as if they had never run; not among `runs`. */
  readonly takenBack: number;
}

/** Stands before a tool server and counts which programs it runs. */
export class CountedTools {
  private runs: Run[] = [];
  private readonly server = new LoopbackServer((request, response) => void this.pass(request, response));
  /** A connection for each request: one that is closed at the moment of its use would be a fault that nobody injected. */
  private readonly agent = new Agent({ keepAlive: false, maxSockets: Infinity });

  private constructor(private readonly target: URL) {}

  static async start(toolServerUrl: string): Promise<CountedTools> {
    const tools = new CountedTools(new URL(toolServerUrl));
    await tools.server.start();
    return tools;
  }

  get url(): string {
    return this.server.url;
  }

  /** And begins anew. To be called when no answer is under way. */
  take(): RunCount {
    const kept = this.runs.filter(({ isTakenBack }) => !isTakenBack);
    const different = new Set(kept.map(({ session, code }) => `${session}\n${code}`));
    const count = { runs: kept.length, twice: kept.length - different.size, takenBack: this.runs.length - kept.length };
    this.runs = [];
    return count;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await bytesOf(request);
      const [, session, action] = /^\/v1\/sessions\/([^/]+)\/(execute|revoke)$/.exec(request.url ?? '') ?? [];
      const { method = 'GET', url: path = '/' } = request;
      const { connection: _ofThisConnection, ...headers } = request.headers;
      const { hostname, port } = this.target;
      const onward = sendRequest({ agent: this.agent, hostname, port, method, path, headers }, (answer) => {
        const isTaken = (answer.statusCode ?? 500) < 300 && session !== undefined;
        if (isTaken && action === 'execute') {
          const { code } = JSON.parse(body.toString('utf8')) as { code: string };
          this.runs.push({ session, code, isTakenBack: false });
        }
        const { connection: _ofThatConnection, ...answered } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, answered);
        if (isTaken && action === 'revoke') void this.passRevocation(session, answer, response);
        else answer.pipe(response);
        answer.once('error', () => response.destroy());
      });
      response.once('close', () => onward.destroy());
      onward.once('error', () => response.destroy());
      onward.end(body);
    } catch (_broken) {
      response.destroy();
    }
  }

  private async passRevocation(session: string, answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(answer);
    const { revoked } = JSON.parse(body.toString('utf8')) as { revoked: string };
    const last = this.runs.findLast((run) => run.session === session);
    if (revoked === 'done' && last) last.isTakenBack = true;
    response.end(body);
  }
}

async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
