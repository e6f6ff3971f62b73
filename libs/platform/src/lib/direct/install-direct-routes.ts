import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { answerError } from '../answer';
import type { FailureLog } from '../answer';
import { requestId } from '../request-id.middleware';
import type { ServiceToken } from '../service-token';
import type { DirectRoute } from './direct-route';
import { DirectRouter } from './direct-router';
import { Exchange } from './exchange';

export interface DirectRoutesOptions {
  readonly routes: readonly DirectRoute[];
  readonly token: ServiceToken;
  readonly bodyLimitBytes: number;
  readonly log: FailureLog;
}

/** Puts the routes in front of the server's listener, with the same token, request ids and errors; all else goes on to that listener. */
export function installDirectRoutes(server: Server, { routes, token, bodyLimitBytes, log }: DirectRoutesOptions): void {
  if (routes.length === 0) return;
  const router = new DirectRouter(routes);
  const [framework] = server.listeners('request') as RequestListener[];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const match = router.match(request.method ?? '', request.url ?? '');
    if (!match) {
      framework?.(request, response);
      return;
    }
    try {
      requestId(request, response, () => undefined);
      if (match.route.isPublic !== true) token.check(request.headers);
      await match.route.handle(new Exchange(request, response, match.parameters, bodyLimitBytes));
    } catch (error) {
      answerError(error, request, response, log);
    }
  };
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void answer(request, response));
}
