import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@interleave/kernel';
import { sendJson, sendWhole } from '../answer';
import { clientSignal } from '../client-signal';
import { decodeBody } from './decode-body';
import { readBody } from './read-body';

/** One request on a direct route and its answer. */
export class Exchange {
  private left: AbortSignal | null = null;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    private readonly parameters: ReadonlyMap<string, string>,
    private readonly bodyLimitBytes: number,
  ) {}

  /** Aborts when the client goes away before its answer is complete. */
  get signal(): AbortSignal {
    return (this.left ??= clientSignal(this.response));
  }

  /** A part of the path, as it stands in the URL. */
  parameter(name: string): string {
    return this.parameters.get(name) ?? '';
  }

  get wantsEvents(): boolean {
    return this.request.headers.accept?.includes('text/event-stream') ?? false;
  }

  /**
   * The body as JSON; no body at all is an empty object.
   * @throws AppError `invalid_request`, `payload_too_large`
   */
  async readJson(): Promise<unknown> {
    return parse(await this.readBytes(this.bodyLimitBytes));
  }

  /**
   * The same from clients of all kinds, some of which compress what they send.
   * @throws AppError `invalid_request`, `payload_too_large`
   */
  async readEncodedJson(): Promise<unknown> {
    const encoding = this.request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return this.readJson();
    return parse(await decodeBody(await readBody(this.request, this.bodyLimitBytes), encoding, this.bodyLimitBytes));
  }

  /** @throws AppError `payload_too_large` when there are more, `invalid_request` for an encoding that is not taken */
  readBytes(maxBytes: number): Promise<Buffer> {
    const encoding = this.request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw new AppError('invalid_request', `Send the body as it is, without content-encoding; it was ${encoding.slice(0, 40)}.`);
    }
    return readBody(this.request, maxBytes);
  }

  sendJson(status: number, body: unknown): void {
    sendJson(this.response, status, body);
  }

  sendBytes(bytes: Uint8Array): void {
    this.response.setHeader('x-content-type-options', 'nosniff');
    sendWhole(this.response, 200, 'application/octet-stream', bytes);
  }

  sendNothing(): void {
    this.response.writeHead(204).end();
  }
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid_request', `The request body is not JSON: ${reason}`, { cause: error });
  }
}
