import type { ModelRoom, WorkersRoom } from './workers-room';

/** What a trajectory takes up: only one that may call tools needs a sandbox. */
export interface Claim {
  readonly model: string;
  readonly needsSandbox: boolean;
}

/** What there is to be taken up. */
export interface Room {
  /** Trajectories at once, of all models. */
  readonly trajectories: number;
  /** Sandboxes at once; null: the tool server has not said. */
  readonly sandboxes: number | null;
  readonly workers: WorkersRoom;
}

/** What the trajectories that run take up. */
export interface Occupied {
  readonly trajectories: number;
  readonly sandboxes: number;
  /** Trajectories by the model that they asked for. */
  readonly byModel: ReadonlyMap<string, number>;
}

/** Of models that nobody serves: their trajectories wait for a worker once they are in, or are told that there is none. */
const UNSERVED: ModelRoom = { models: [], limit: null };

export function roomOf(model: string, room: Room): ModelRoom {
  return room.workers.get(model) ?? UNSERVED;
}

/**
 * Which of those who wait may go in, as places in the queue: first come, first served among the trajectories of a model. One that its model's workers or the
 * sandboxes have no room for holds up those behind it of the same model, and nobody else.
 */
export function admissible(waiting: readonly Claim[], occupied: Occupied, room: Room): readonly number[] {
  const admitted: number[] = [];
  const heldUp = new Set<ModelRoom>();
  const entered = new Map<ModelRoom, number>();
  let sandboxes = occupied.sandboxes;
  for (const [place, { model, needsSandbox }] of waiting.entries()) {
    if (occupied.trajectories + admitted.length >= room.trajectories) break;
    const own = roomOf(model, room);
    if (heldUp.has(own)) continue;
    const enteredNow = entered.get(own) ?? 0;
    if (isFull(own, occupied, enteredNow) || (needsSandbox && sandboxes >= sandboxLimit(room))) {
      heldUp.add(own);
      continue;
    }
    admitted.push(place);
    entered.set(own, enteredNow + 1);
    if (needsSandbox) sandboxes += 1;
  }
  return admitted;
}

/** Whether the workers of a model have all that they have room for. */
export function isFull(own: ModelRoom, occupied: Occupied, enteredNow = 0): boolean {
  return own.limit !== null && runningIn(own, occupied) + enteredNow >= own.limit;
}

/** How many like this one can be in at once. */
export function placesFor({ model, needsSandbox }: Claim, room: Room): number {
  return Math.min(room.trajectories, roomOf(model, room).limit ?? Infinity, needsSandbox ? sandboxLimit(room) : Infinity);
}

function runningIn({ models }: ModelRoom, { byModel }: Occupied): number {
  return models.reduce((sum, model) => sum + (byModel.get(model) ?? 0), 0);
}

/** Never none at all: a single trajectory waits for its sandbox itself. */
function sandboxLimit({ sandboxes }: Room): number {
  return sandboxes === null ? Infinity : Math.max(1, sandboxes);
}
