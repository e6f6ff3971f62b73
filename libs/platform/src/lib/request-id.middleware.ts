import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const ACCEPTABLE = /^[\w.:-]{1,128}$/;

/** Every answer carries `x-request-id`: the client's own where it is a decent one, else a new one. */
export function requestId(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE.test(given) ? given : `req_${randomUUID().replaceAll('-', '')}`;
  request.headers['x-request-id'] = id;
  response.setHeader('x-request-id', id);
  next();
}
