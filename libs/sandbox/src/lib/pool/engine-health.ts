import type { PoolPolicy } from './pool-policy';

const REMEMBERED = 8;
/** Of the remembered creations: one may be slow by chance. */
const SLOW_ENOUGH_TO_OPEN = 2;
const ASSUMED_CREATION_MS = 1000;

/** What the last creations tell about the engine. */
export interface EngineHealth {
  /** How long the last successful ones took, oldest first. */
  readonly durationsMs: readonly number[];
  readonly failuresInARow: number;
  readonly createAgainAtMs: number;
}

export function newEngine(): EngineHealth {
  return { durationsMs: [], failuresInARow: 0, createAgainAtMs: -Infinity };
}

/** A fast one after trouble clears the record: the engine is well again. */
export function afterCreation(engine: EngineHealth, durationMs: number, policy: PoolPolicy): EngineHealth {
  const isRecovery = durationMs <= policy.slowCreateMs && isInTrouble(engine, 0, policy);
  const before = isRecovery ? [] : engine.durationsMs.slice(1 - REMEMBERED);
  return { durationsMs: [...before, durationMs], failuresInARow: 0, createAgainAtMs: -Infinity };
}

/** @param jitter 0 to 1: so that many pools on one engine don't come back in step */
export function afterFailure(engine: EngineHealth, nowMs: number, jitter: number, policy: PoolPolicy): EngineHealth {
  const backoffMs = policy.createBackoffMs * 2 ** Math.min(engine.failuresInARow, 4) * (1 + jitter / 2);
  return { ...engine, failuresInARow: engine.failuresInARow + 1, createAgainAtMs: nowMs + backoffMs };
}

/**
 * Whether the breaker is open: the engine fails, or is slow. Then one creation at a time finds out whether it still is.
 * @param stalled creations under way that have taken too long already
 */
export function isInTrouble(engine: EngineHealth, stalled: number, policy: PoolPolicy): boolean {
  const slow = engine.durationsMs.filter((durationMs) => durationMs > policy.slowCreateMs).length;
  return engine.failuresInARow > 0 || slow + stalled >= SLOW_ENOUGH_TO_OPEN;
}

/** How long the next creation will take, judged by the last ones. */
export function expectedCreationMs(engine: EngineHealth): number {
  const sorted = [...engine.durationsMs].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? ASSUMED_CREATION_MS;
}
