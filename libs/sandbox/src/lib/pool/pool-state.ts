export type SlotId = string;
export type LeaseId = string;

export interface PoolPolicy {
  /** Slots kept ready beyond those in use. */
  readonly targetIdle: number;
  /** Slots in existence at most. */
  readonly maxSlots: number;
  /** Containers being created at once at most: more of them only make each other slow. */
  readonly maxCreating: number;
  /** Leases that one slot serves before it is replaced. */
  readonly maxUses: number;
  /** An idle slot older than this is replaced. */
  readonly maxAgeMs: number;
  /** An idle slot beyond the target goes after this long without work. */
  readonly maxSpareMs: number;
  /** After a failed creation nothing is created for this long, doubling up to sixteen times as long. */
  readonly createBackoffMs: number;
}

/**
 * ```
 * creating ──▶ idle ──▶ checking ──▶ leased ──▶ wiping ──▶ idle …
 *     └──────────┴──────────┴──────────┴───────────┴──▶ destroying ──▶ gone
 * ```
 */
export type Slot =
  | (SlotFacts & { readonly status: 'creating' | 'wiping' | 'destroying' })
  | (SlotFacts & { readonly status: 'idle'; readonly idleSinceMs: number })
  /** A sign of life is awaited before the slot is handed out. */
  | (SlotFacts & { readonly status: 'checking'; readonly waiter: Waiter })
  | (SlotFacts & { readonly status: 'leased'; readonly leaseId: LeaseId });

interface SlotFacts {
  readonly id: SlotId;
  readonly createdAtMs: number;
  readonly uses: number;
}

/** Someone who wants a slot. */
export interface Waiter {
  readonly leaseId: LeaseId;
  readonly deadlineMs: number;
}

export interface PoolState {
  readonly policy: PoolPolicy;
  readonly slots: ReadonlyMap<SlotId, Slot>;
  readonly queue: readonly Waiter[];
  readonly slotsEverCreated: number;
  readonly failuresInARow: number;
  readonly createAgainAtMs: number;
  readonly isDraining: boolean;
}

export function emptyPool(policy: PoolPolicy): PoolState {
  return { policy, slots: new Map(), queue: [], slotsEverCreated: 0, failuresInARow: 0, createAgainAtMs: -Infinity, isDraining: false };
}

export function countSlots(state: PoolState, ...statuses: readonly Slot['status'][]): number {
  let count = 0;
  for (const slot of state.slots.values()) if (statuses.includes(slot.status)) count += 1;
  return count;
}
