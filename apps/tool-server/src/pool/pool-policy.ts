import { availableParallelism, totalmem } from 'node:os';
import type { PoolPolicy } from '@interleave/sandbox';
import type { ToolServerSettings } from '@interleave/settings';
import type { SandboxCosts } from '../backend/sandbox-backend';

const MIB = 2 ** 20;
const SHARE_OF_MACHINE = 0.75;
/** Of the machine's memory: what sandboxes that exist may still come to need, and everything else that runs here. */
const FLOOR_SHARE = 0.1;
const MIN_FLOOR_MIB = 512;

/** The rules of the pool on this machine. */
export function poolPolicy(settings: ToolServerSettings, costs: SandboxCosts): PoolPolicy {
  const maxSlots = maxSessions(settings, costs);
  return {
    targetIdle: Math.min(settings.sandboxPoolSize, costs.maxIdle, maxSlots),
    reserveShare: costs.maxIdle < maxSlots ? 0 : 0.25,
    maxSlots,
    maxCreating: 2 * availableParallelism(),
    maxWaiting: settings.sessionQueueLimit,
    maxUses: Math.min(costs.maxUses, Math.max(1, settings.sandboxReuse)),
    maxAgeMs: settings.sandboxMaxAge * 1000,
    maxSpareMs: 60_000,
    trustMs: 1000,
    settleMs: 30,
    checkIdleMs: 15_000,
    createBackoffMs: 500,
    slowCreateMs: 15_000,
    slotMemoryBytes: costs.idleMib * MIB,
    memoryFloorBytes: Math.max(totalmem() * FLOOR_SHARE, MIN_FLOOR_MIB * MIB),
  };
}

/** How many sandboxes the memory budget holds when each is promised its limit, few use it, and none takes less than an idle one. */
export function maxSessions(settings: ToolServerSettings, costs: SandboxCosts): number {
  const budgetMib = settings.sandboxMemoryBudgetMib || (totalmem() / MIB) * SHARE_OF_MACHINE;
  const promised = (budgetMib * settings.sandboxMemoryOvercommit) / settings.sandboxMemoryMib;
  const affordable = Math.max(1, Math.floor(Math.min(promised, budgetMib / costs.idleMib)));
  return settings.sandboxMaxSessions === 0 ? affordable : Math.min(settings.sandboxMaxSessions, affordable);
}
