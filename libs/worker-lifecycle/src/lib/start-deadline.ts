/** Imports, compilation and warming up take minutes whatever the model: on two cores vLLM needs two before it reads a byte. */
const BASE_MS = 10 * 60_000;
/** Weights from a slow disk or a network file system. */
const BYTES_PER_MS = 50_000;
/** Weights that first have to be downloaded: nobody knows how many. */
const DOWNLOAD_MS = 2 * 3_600_000;

/** How long a worker may take to become ready. @param modelBytes null where the weights are not on this machine yet */
export function startDeadlineMs(modelBytes: number | null): number {
  return modelBytes === null ? BASE_MS + DOWNLOAD_MS : BASE_MS + Math.ceil(modelBytes / BYTES_PER_MS);
}
