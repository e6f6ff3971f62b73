import type { WorkerRow } from '@interleave/contracts';

/** What the workers of a model have room for. Models that share a worker share their room. */
export interface ModelRoom {
  /** All names that requests may use for it. */
  readonly models: readonly string[];
  /** Trajectories at once; null: any number. */
  readonly limit: number | null;
}

/** The room of each model by each of its names. */
export type WorkersRoom = ReadonlyMap<string, ModelRoom>;

/**
 * Adds up what the ready workers run at once. One that doesn't say has no limit that is known, and so has its model. While none is ready, the last
 * limit holds: those that come back find the work of before, not everybody who has come meanwhile.
 * @param perSequence trajectories for each sequence: not all of them generate at once; 0: no limit
 */
export function workersRoom(rows: readonly WorkerRow[], perSequence: number, before: WorkersRoom): WorkersRoom {
  const rooms = groupByNames(rows).map(({ models, workers }): ModelRoom => {
    const ready = workers.filter(({ status }) => status === 'ready');
    const limit = ready.length === 0 ? (before.get(models[0] ?? '')?.limit ?? null) : limitOf(ready, perSequence);
    return { models, limit };
  });
  return new Map(rooms.flatMap((room) => room.models.map((model) => [model, room] as const)));
}

function limitOf(ready: readonly WorkerRow[], perSequence: number): number | null {
  if (perSequence === 0) return null;
  let sequences = 0;
  for (const { max_running: own } of ready) {
    // Others say what they like, and a model-pool of before this field says nothing.
    if (typeof own !== 'number' || !(own > 0)) return null;
    sequences += own;
  }
  return Math.max(1, Math.floor(sequences * perSequence));
}

interface Group {
  readonly models: readonly string[];
  readonly workers: readonly WorkerRow[];
}

/** Workers that have a name in common, directly or by way of others, are one group. */
function groupByNames(rows: readonly WorkerRow[]): readonly Group[] {
  let groups: readonly Group[] = [];
  for (const row of rows) {
    if (row.served_names.length === 0) continue;
    const names = new Set(row.served_names);
    const joined = groups.filter(({ models }) => models.some((model) => names.has(model)));
    const models = [...new Set([...joined.flatMap((group) => group.models), ...names])];
    const merged = { models, workers: [...joined.flatMap(({ workers }) => workers), row] };
    groups = [...groups.filter((group) => !joined.includes(group)), merged];
  }
  return groups;
}
