import { newEngine } from './engine-health';
import type { EngineHealth } from './engine-health';
import type { PoolPolicy } from './pool-policy';
import { noTurnover } from './turnover';
import type { Turnover } from './turnover';

export type SlotId = string;
export type LeaseId = string;

/**
 * ```
 * creating ──▶ idle ──▶ checking ──▶ leased ──▶ wiping ──▶ idle …
 *     └──────────┴──────────┴──────────┴───────────┴──▶ destroying ──▶ gone
 * ```
 * An idle slot that was heard of just now is leased without a check.
 */
export type Slot =
  | (SlotFacts & { readonly status: 'creating' | 'wiping' | 'destroying' })
  | IdleSlot
  | CheckedSlot
  | (SlotFacts & { readonly status: 'leased'; readonly leaseId: LeaseId });

export type IdleSlot = SlotFacts & { readonly status: 'idle'; readonly idleSinceMs: number };

/** A sign of life is awaited: before it is handed to the waiter, or, without one, because it has rested for long. */
export type CheckedSlot = SlotFacts & { readonly status: 'checking'; readonly idleSinceMs: number; readonly waiter: Waiter | null };

interface SlotFacts {
  readonly id: SlotId;
  readonly createdAtMs: number;
  /** When it last gave a sign of life. */
  readonly aliveAtMs: number;
  readonly uses: number;
}

/** Someone who wants a slot. */
export interface Waiter {
  readonly leaseId: LeaseId;
  readonly deadlineMs: number;
  /** Position in the order of the requests. */
  readonly number: number;
}

export interface PoolState {
  readonly policy: PoolPolicy;
  readonly slots: ReadonlyMap<SlotId, Slot>;
  /** In the order of the requests. */
  readonly queue: readonly Waiter[];
  readonly slotsEverCreated: number;
  readonly leasesEverRequested: number;
  readonly engine: EngineHealth;
  readonly turnover: Turnover;
  /** How many more slots the machine's memory has room for; negative when they take too much already. */
  readonly memoryRoom: number;
  readonly isDraining: boolean;
}

export function emptyPool(policy: PoolPolicy): PoolState {
  return {
    policy,
    slots: new Map(),
    queue: [],
    slotsEverCreated: 0,
    leasesEverRequested: 0,
    engine: newEngine(),
    turnover: noTurnover(),
    memoryRoom: Infinity,
    isDraining: false,
  };
}

export function countSlots(state: Pick<PoolState, 'slots'>, ...statuses: readonly Slot['status'][]): number {
  let count = 0;
  for (const slot of state.slots.values()) if (statuses.includes(slot.status)) count += 1;
  return count;
}
