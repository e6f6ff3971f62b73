/**
 * Below this size a pass takes less than a millisecond, less than threads need to agree: llama.cpp's threads wait for each
 * other by spinning, and on a busy machine a second one makes a small model ten times slower.
 */
const SMALL_MODEL_BYTES = 64 * 2 ** 20;

/**
 * @param limit THREADS; 0: no limit
 * @param cores those that this process may use
 */
export function threadCount(limit: number, modelBytes: number, cores: number): number {
  return modelBytes < SMALL_MODEL_BYTES ? 1 : limit > 0 ? limit : cores;
}
