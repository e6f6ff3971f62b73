import type { Response } from 'express';

/** Who asks, where no key is configured. */
export const ANYONE = 'anyone';

/** What is known of a client beyond its request: the name of its key's owner. Never the key. */
export function nameClient(response: Response, name: string): void {
  response.locals['clientName'] = name;
}

export function clientNameOf(response: Response): string {
  const name: unknown = response.locals['clientName'];
  return typeof name === 'string' ? name : ANYONE;
}
