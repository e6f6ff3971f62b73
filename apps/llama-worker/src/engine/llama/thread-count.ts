/**
 * Below this size a pass takes less than a millisecond, less than threads need to agree: llama.cpp's threads wait for each
 * other by spinning, and on a busy machine a second one makes a small model ten times slower.
 */
const SMALL_MODEL_BYTES = 64 * 2 ** 20;

/**
 * @param asked THREADS; 0: as many as are of use
 * @param cores those that this process may use
 */
export function threadCount(asked: number, modelBytes: number, cores: number): number {
  if (asked > 0) return asked;
  return modelBytes < SMALL_MODEL_BYTES ? 1 : cores;
}
