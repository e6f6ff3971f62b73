/** Imports, compilation and warming up take minutes whatever the model: on two cores vLLM needs two before it reads a byte. */
const BASE_MS = 10 * 60_000;
/** Weights from a slow disk or a network file system. */
const BYTES_PER_MS = 50_000;
/** Of weights that the engine fetches itself, nobody here knows how many. */
const UNKNOWN_MS = 2 * 3_600_000;

/** How long a worker may take to become ready. Time for a download of ours is not part of it. @param modelBytes null where it isn't known */
export function startDeadlineMs(modelBytes: number | null): number {
  return modelBytes === null ? BASE_MS + UNKNOWN_MS : BASE_MS + Math.ceil(modelBytes / BYTES_PER_MS);
}
