import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { LeanClient } from './lean-client';
import type { RunningToolServer } from './running-tool-server';

/** One client of a tool server, on a connection of its own. */
export class ToolCaller {
  private readonly http: LeanClient;

  constructor({ url, token }: RunningToolServer) {
    this.http = LeanClient.to(url, token);
  }

  async open(options: object = {}): Promise<string> {
    return (await this.http.json<CreateSessionResponse>(this.http.prepare('POST', '/v1/sessions', options))).session_id;
  }

  /** The bytes of a call, to be sent as often as needed. */
  prepare(sessionId: string, body: { readonly code: string } & Readonly<Record<string, unknown>>): Buffer {
    return this.http.prepare('POST', `/v1/sessions/${sessionId}/execute`, body);
  }

  prepareStateless(body: { readonly code: string }): Buffer {
    return this.http.prepare('POST', '/v1/executions', body);
  }

  call(request: Buffer): Promise<ExecutionResult> {
    return this.http.json<ExecutionResult>(request);
  }

  /** @throws when the program did not print just that */
  async expect(request: Buffer, output: string): Promise<ExecutionResult> {
    const result = await this.call(request);
    if (result.status !== 'ok' || result.output !== output) throw new Error(`the sandbox said ${JSON.stringify(result).slice(0, 500)}`);
    return result;
  }

  /** Status of the answer, whatever it is. */
  async statusOf(method: 'GET' | 'POST', path: string, body?: unknown): Promise<number> {
    return (await this.http.send(this.http.prepare(method, path, body))).status;
  }

  async close(sessionId: string): Promise<void> {
    await this.http.json(this.http.prepare('DELETE', `/v1/sessions/${sessionId}`));
  }

  disconnect(): void {
    this.http.close();
  }
}
