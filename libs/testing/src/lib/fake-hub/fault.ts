/** Requests that a fault can strike, as the fake hub tells them apart. */
export const HUB_ROUTES = [
  'whoami',
  'info',
  'create',
  'preupload',
  'batch',
  'put',
  'complete',
  'commit',
  'revision',
  'tree',
  'resolve',
  'cdn',
] as const;
export type HubRoute = (typeof HUB_ROUTES)[number];

/** What happens to the next `times` requests of a route, after `skip` that go well. */
export type HubFault = { readonly route: HubRoute; readonly times: number; readonly skip: number } & (
  | { readonly kind: 'status'; readonly status: number }
  /** The connection is cut after this share of the body has come in, or gone out. */
  | { readonly kind: 'break'; readonly fraction: number }
  /** It is done, but the answer gets lost. */
  | { readonly kind: 'lose-answer' }
  /** What goes out is another file of the same length. */
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
);

const FAULT = /^(\w+):(?:(\d{3})|break@(0?\.\d+)|(lose-answer|corrupt)|slow@(\d+))(?:x(\d+))?(?:\+(\d+))?$/;

/** `put:429x3`, `put:break@0.4`, `commit:lose-answer`, `cdn:corrupt`, `cdn:slow@100000` (bytes per second); `+2` lets two go well first. */
export function parseFault(text: string): HubFault {
  const match = FAULT.exec(text);
  const route = HUB_ROUTES.find((name) => name === match?.[1]);
  if (!match || !route) {
    throw new Error(
      `"${text}" is no fault: write ROUTE:STATUS, ROUTE:break@0.4, ROUTE:lose-answer, ROUTE:corrupt or ROUTE:slow@BYTES, then xTIMES and +SKIP; routes are ${HUB_ROUTES.join(', ')}.`,
    );
  }
  const common = { route, times: Number(match[6] ?? 1), skip: Number(match[7] ?? 0) };
  if (match[2] !== undefined) return { ...common, kind: 'status', status: Number(match[2]) };
  if (match[3] !== undefined) return { ...common, kind: 'break', fraction: Number(match[3]) };
  if (match[5] !== undefined) return { ...common, kind: 'slow', bytesPerSecond: Number(match[5]) };
  return { ...common, kind: match[4] === 'corrupt' ? 'corrupt' : 'lose-answer' };
}

/** Which fault strikes next; each is used up. */
export class FaultQueue {
  private faults: { fault: HubFault; times: number; skip: number }[] = [];

  add(fault: HubFault): void {
    this.faults.push({ fault, times: fault.times, skip: fault.skip });
  }

  clear(): void {
    this.faults = [];
  }

  next(route: HubRoute): HubFault | null {
    const entry = this.faults.find(({ fault, times }) => fault.route === route && times > 0);
    if (!entry) return null;
    if (entry.skip > 0) {
      entry.skip -= 1;
      return null;
    }
    entry.times -= 1;
    return entry.fault;
  }
}
