import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** What a live sandbox takes of the machine, its shim included; an estimate, to decide how many there is room for. */
const SANDBOX_MIB = 80;
/** Of the machine's memory: the tool server makes no sandbox that would have to come from it. */
const KEPT_FREE_SHARE = 0.12;

/** How many of the wanted sandboxes the machine has memory for. */
export function sandboxRoom(wanted: number): number {
  return Math.min(wanted, Math.floor((availableMib() - KEPT_FREE_SHARE * (totalmem() / 2 ** 20)) / SANDBOX_MIB));
}

/** The budget with which a tool server makes so many sandboxes, whatever they may use. */
export function budgetFor(sandboxes: number): Readonly<Record<string, string>> {
  return { SANDBOX_MEMORY_BUDGET_MIB: String(sandboxes * 128), SANDBOX_MEMORY_OVERCOMMIT: '16' };
}

export function availableMib(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) / 1024;
  } catch (_noProcFilesystem) {
    return freemem() / 2 ** 20;
  }
  return totalmem() / 2 ** 21;
}
