import type { Exchange } from './exchange';

/** A route that is answered in front of the framework: for what is called thousands of times a second, or in bytes. */
export interface DirectRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/v1/things/:id` names one segment, a last `*rest` all that follow; both are passed on as they stand in the URL, still encoded. */
  readonly path: string;
  /** The route says itself who may call it; all others need the service token. */
  readonly isPublic?: boolean;
  /** What it throws is answered like everywhere else. */
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

/** An app binds its routes, `readonly DirectRoute[]`, to this. */
export const DIRECT_ROUTES = Symbol('DirectRoutes');
