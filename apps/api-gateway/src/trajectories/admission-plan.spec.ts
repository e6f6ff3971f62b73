import fc from 'fast-check';
import { admissible, placesFor, roomOf } from './admission-plan';
import type { Claim, Occupied, Room } from './admission-plan';
import type { ModelRoom } from './workers-room';

const limit = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null });
/** Models a and alias share workers, b has its own, and nobody serves unknown. */
const anyRoom: fc.Arbitrary<Room> = fc
  .record({ trajectories: fc.integer({ min: 1, max: 8 }), sandboxes: limit, a: limit, b: limit })
  .map(({ trajectories, sandboxes, a, b }) => {
    const shared: ModelRoom = { models: ['a', 'alias'], limit: a };
    const own: ModelRoom = { models: ['b'], limit: b };
    return {
      trajectories,
      sandboxes,
      workers: new Map([
        ['a', shared],
        ['alias', shared],
        ['b', own],
      ]),
    };
  });
const anyClaim: fc.Arbitrary<Claim> = fc.record({ model: fc.constantFrom('a', 'alias', 'b', 'unknown'), needsSandbox: fc.boolean() });

/** The queue as it is played: claims enter, leave and find other rooms. */
class Play {
  waiting: Claim[] = [];
  running: Claim[] = [];

  constructor(public room: Room) {}

  get occupied(): Occupied {
    const byModel = new Map<string, number>();
    for (const { model } of this.running) byModel.set(model, (byModel.get(model) ?? 0) + 1);
    return { trajectories: this.running.length, sandboxes: this.running.filter(({ needsSandbox }) => needsSandbox).length, byModel };
  }

  sameModel({ model }: Claim, claims: readonly Claim[]): readonly Claim[] {
    return claims.filter((other) => roomOf(other.model, this.room) === roomOf(model, this.room));
  }

  /** Whether this one alone could go in as things are. */
  fits(claim: Claim): boolean {
    const { trajectories, sandboxes } = this.occupied;
    const ofModel = this.sameModel(claim, this.running).length;
    return (
      trajectories < this.room.trajectories &&
      ofModel < (roomOf(claim.model, this.room).limit ?? Infinity) &&
      (!claim.needsSandbox || sandboxes < (this.room.sandboxes ?? Infinity))
    );
  }

  letIn(): void {
    const places = admissible(this.waiting, this.occupied, this.room);
    expect([...places].sort((one, other) => one - other)).toEqual(places);
    for (const place of places) {
      const claim = this.waiting[place]!;
      // Each fits beside those that went in before it, and overtakes nobody of its own model.
      expect(this.fits(claim)).toBe(true);
      const before = this.waiting.slice(0, place).filter((_, earlier) => !places.includes(earlier));
      expect(this.sameModel(claim, before)).toEqual([]);
      this.running.push(claim);
    }
    this.waiting = this.waiting.filter((_, place) => !places.includes(place));
    // Nobody waits who is the first of its model and fits.
    for (const claim of this.waiting) if (this.sameModel(claim, this.waiting)[0] === claim) expect(this.fits(claim)).toBe(false);
  }
}

describe('who may go in', () => {
  it('fits, is the first of its model, and leaves no place empty, whatever comes, goes and changes', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: anyClaim.map((enters) => ({ enters })) },
      { weight: 3, arbitrary: fc.nat(20).map((leaves) => ({ leaves })) },
      { weight: 1, arbitrary: anyRoom.map((room) => ({ room })) },
    );
    fc.assert(
      fc.property(anyRoom, fc.array(step, { maxLength: 60 }), (room, steps) => {
        const play = new Play(room);
        for (const next of steps) {
          if ('enters' in next) play.waiting.push(next.enters);
          else if ('room' in next) play.room = next.room;
          else if (play.running.length > 0) play.running.splice(next.leaves % play.running.length, 1);
          play.letIn();
        }
        // Nobody waits for ever: when all others have left, room is left for each that waits.
        while (play.waiting.length > 0) {
          play.running = [];
          const before = play.waiting.length;
          play.letIn();
          expect(play.waiting.length).toBeLessThan(before);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is not held up by another model whose workers are full', () => {
    const room: Room = {
      trajectories: 8,
      sandboxes: null,
      workers: new Map([
        ['a', { models: ['a'], limit: 1 }],
        ['b', { models: ['b'], limit: 2 }],
      ]),
    };
    const waiting = ['a', 'a', 'b', 'a', 'b', 'b'].map((model) => ({ model, needsSandbox: true }));
    const occupied = { trajectories: 1, sandboxes: 1, byModel: new Map([['a', 1]]) };
    expect(admissible(waiting, occupied, room)).toEqual([2, 4]);
    expect(placesFor({ model: 'b', needsSandbox: true }, room)).toBe(2);
  });

  it('counts sandboxes for those alone that need one, and never goes below one of them', () => {
    const room: Room = { trajectories: 8, sandboxes: 0, workers: new Map() };
    const none = { trajectories: 0, sandboxes: 0, byModel: new Map<string, number>() };
    const waiting = [true, true, false].map((needsSandbox, place) => ({ model: `m${place}`, needsSandbox }));
    expect(
      admissible(waiting, none, { ...room, workers: new Map(waiting.map(({ model }) => [model, { models: [model], limit: null }])) }),
    ).toEqual([0, 2]);
    expect(placesFor({ model: 'm', needsSandbox: true }, room)).toBe(1);
  });
});
