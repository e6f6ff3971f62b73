/** What a pool is told once. Times in milliseconds, memory in bytes. */
export interface PoolPolicy {
  /** Slots kept ready beyond those in use, at least. */
  readonly targetIdle: number;
  /**
   * Slots kept ready for each one in use. How many are in use is the arrival rate times the length of a session, so the reserve grows
   * with the rate at which leases come.
   */
  readonly reserveShare: number;
  /** Slots in existence at most. */
  readonly maxSlots: number;
  /** Containers being created at once at most: more of them only make each other slow. */
  readonly maxCreating: number;
  /** Leases that wait at most; one more is refused at once. */
  readonly maxWaiting: number;
  /** Leases that one slot serves before it is replaced. */
  readonly maxUses: number;
  /** A slot older than this serves no further lease. */
  readonly maxAgeMs: number;
  /** An idle slot beyond the reserve goes after this long without work. */
  readonly maxSpareMs: number;
  /** A slot that gave a sign of life less than this ago is handed out without asking for another. */
  readonly trustMs: number;
  /** For this long after it was wiped a slot is still getting its next session ready: whoever comes now would wait for that. */
  readonly settleMs: number;
  /** A slot that rests is asked for a sign of life this often. */
  readonly checkIdleMs: number;
  /** After a failed creation nothing is created for this long, doubling up to sixteen times as long. */
  readonly createBackoffMs: number;
  /** A creation that takes longer is slow; several of them open the breaker. */
  readonly slowCreateMs: number;
  /** What an idle slot takes of the machine's memory, with what the engine keeps beside it. */
  readonly slotMemoryBytes: number;
  /** Memory of the machine that is never spent on a new slot. */
  readonly memoryFloorBytes: number;
}
