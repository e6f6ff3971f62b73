/** Whoever has to know that requests wait for a worker of a deployment. */
export interface HeldRequests {
  /** One more; to be let go of by calling what comes back, exactly once. */
  hold(deployment: string): () => void;
}

/** Where nobody starts workers. */
export const NOBODY_ASKED: HeldRequests = { hold: () => () => undefined };
