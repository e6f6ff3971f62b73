import type { Random } from '../harness/random';

/** What happens to one round on its way from the worker. */
export interface RoundDisturbance {
  /** Its connection is cut within the frame after so many; null: not at all. */
  readonly cutAfterFrames: number | null;
  /** Frames that come together, as to a reader who is late. */
  readonly framesTogether: number;
}

export const UNDISTURBED: RoundDisturbance = { cutAfterFrames: null, framesTogether: 1 };

/** Longer than most rounds of the demo model, so that they are cut anywhere. */
const MAX_FRAMES = 32;
/** The gateway takes a round to another worker three times. */
const MAX_CUTS_IN_A_ROW = 3;

/** Draws what happens to the rounds of many trajectories. */
export class Disturbance {
  private readonly cutsInARow = new Map<number, number>();

  /** @param share of the rounds that are cut, 0 to 1 */
  constructor(
    private readonly random: Random,
    private readonly share: number,
  ) {}

  /** @param seed of the trajectory that the round belongs to */
  next(seed: number): RoundDisturbance {
    const before = this.cutsInARow.get(seed) ?? 0;
    const isCut = before < MAX_CUTS_IN_A_ROW && this.random.chance(this.share);
    this.cutsInARow.set(seed, isCut ? before + 1 : 0);
    return { cutAfterFrames: isCut ? this.random.below(MAX_FRAMES) : null, framesTogether: this.random.of([1, 1, 3, 1000]) };
  }

  /** How much of a frame gets through: at most all but the end of its line, for with that it could be read. */
  partOf(frame: string): string {
    return frame.slice(0, this.random.below(frame.trimEnd().length + 1));
  }
}
