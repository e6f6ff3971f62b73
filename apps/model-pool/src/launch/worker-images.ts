import type { DetachedContainers, PullProgress } from '@interleave/docker-runtime';
import { AppError } from '@interleave/kernel';
import { SharedWork } from '../hub/shared-work';
import type { LaunchWatch } from './launch-watch';

const LOOK_TIMEOUT_MS = 10_000;

/** The images of workers: pulled where they are missing, each once however many workers wait for it. */
export class WorkerImages {
  private readonly pulls = new SharedWork<void, PullProgress>();

  constructor(private readonly containers: Pick<DetachedContainers, 'imageExists' | 'pullImage'>) {}

  /** @throws AppError `worker_failed` when it is not here and can't be pulled */
  async ensure(image: string, { signal, report }: LaunchWatch): Promise<void> {
    if (await this.containers.imageExists(image, AbortSignal.timeout(LOOK_TIMEOUT_MS))) return;
    const listener = ({ receivedBytes, totalBytes }: PullProgress): void => {
      const share = totalBytes === 0 ? 0 : receivedBytes / totalBytes;
      report({ text: `pulling the image ${image}: ${Math.floor(share * 100)} % of ${(totalBytes / 1e9).toFixed(1)} GB`, share });
    };
    await this.pulls.join(image, listener, signal, async (tell, ending) => {
      try {
        await this.containers.pullImage(image, tell, ending);
      } catch (error) {
        throw new AppError('worker_failed', missingImage(image, error instanceof Error ? error.message : String(error)), { cause: error });
      }
    });
  }
}

export function missingImage(image: string, reason: string): string {
  return `The image ${image} is not on this machine and cannot be pulled: build it, load it (docker load), or set WORKER_IMAGE. ${reason.slice(0, 400)}`;
}
