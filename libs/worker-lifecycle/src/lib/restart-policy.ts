export interface RestartPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Crashes in a row that are still followed by a new start. */
  readonly maxCrashes: number;
}

export type RestartVerdict = { readonly kind: 'restart'; readonly delayMs: number } | { readonly kind: 'crash-loop' };

/** What follows the n-th crash in a row (1 is the first): a new start after a delay that doubles each time, or giving up. */
export function judgeCrash(crashesInARow: number, policy: RestartPolicy): RestartVerdict {
  if (crashesInARow > policy.maxCrashes) return { kind: 'crash-loop' };
  return { kind: 'restart', delayMs: Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (crashesInARow - 1)) };
}
