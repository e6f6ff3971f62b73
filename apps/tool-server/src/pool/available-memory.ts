import { freemem } from 'node:os';

/**
 * Memory that new processes could have without swapping; null where the system doesn't tell. On Linux Node reads `MemAvailable`; elsewhere
 * its figure leaves out what the system would give back, and containers live in a virtual machine anyway.
 */
export function availableMemoryBytes(): number | null {
  return process.platform === 'linux' ? freemem() : null;
}
