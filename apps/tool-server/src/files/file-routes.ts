import type { SessionFiles } from '@interleave/contracts';
import type { DirectRoute, Exchange } from '@interleave/platform';
import type { SessionRegistry } from '../sessions/session-registry';
import { readFilePath } from './read-file-path';

/** `/v1/sessions/{id}/files`: what lies in a session's working directory, as bytes. */
export class FileRoutes {
  readonly routes: readonly DirectRoute[] = [
    { method: 'GET', path: '/v1/sessions/:id/files', handle: (exchange) => this.list(exchange) },
    { method: 'PUT', path: '/v1/sessions/:id/files/*path', handle: (exchange) => this.put(exchange) },
    { method: 'GET', path: '/v1/sessions/:id/files/*path', handle: (exchange) => this.get(exchange) },
    { method: 'DELETE', path: '/v1/sessions/:id/files/*path', handle: (exchange) => this.remove(exchange) },
  ];

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly maxFileBytes: number,
  ) {}

  private async list(exchange: Exchange): Promise<void> {
    const { files, isTruncated } = await this.sessions.get(exchange.parameter('id')).listFiles(exchange.signal);
    const body: SessionFiles = {
      files: files.map(({ path, size, modifiedAtMs }) => ({ path, size, modified_at_ms: modifiedAtMs })),
      is_truncated: isTruncated,
    };
    exchange.sendJson(200, body);
  }

  private async put(exchange: Exchange): Promise<void> {
    const session = this.sessions.get(exchange.parameter('id'));
    const path = readFilePath(exchange.parameter('path'));
    const bytes = await exchange.readBytes(this.maxFileBytes);
    await session.putFile(path, bytes, exchange.signal);
    exchange.sendNothing();
  }

  private async get(exchange: Exchange): Promise<void> {
    const session = this.sessions.get(exchange.parameter('id'));
    exchange.sendBytes(await session.getFile(readFilePath(exchange.parameter('path')), this.maxFileBytes, exchange.signal));
  }

  private async remove(exchange: Exchange): Promise<void> {
    const session = this.sessions.get(exchange.parameter('id'));
    await session.deleteFile(readFilePath(exchange.parameter('path')), exchange.signal);
    exchange.sendNothing();
  }
}
