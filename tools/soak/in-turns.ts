import { isInterrupted } from '../harness/cleanup';

/** Does `count` jobs, so many at once, in order; ends early when the run is interrupted. The first that fails ends it. */
export async function inTurns(count: number, atOnce: number, job: (place: number) => Promise<void>): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    while (next < count && !hasFailed && !isInterrupted()) {
      const place = next;
      next += 1;
      try {
        await job(place);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
}
