import type { DetachedContainers } from '@interleave/docker-runtime';
import { AppError } from '@interleave/kernel';
import { missingImage } from '../launch/worker-images';

const ANSWER_TIMEOUT_MS = 10_000;
/** A registry that doesn't say within this that it has an image is none that it could be pulled from. */
const REGISTRY_TIMEOUT_MS = 20_000;

/**
 * Whether containers of these images could be started, without starting any.
 * @throws AppError `invalid_settings`
 */
export async function checkContainers(containers: DetachedContainers, images: readonly string[]): Promise<void> {
  if (images.length === 0) return;
  await attempt(
    () => containers.describe(AbortSignal.timeout(ANSWER_TIMEOUT_MS)),
    (reason) =>
      `LAUNCHER is container, and no Docker engine answers: start it, check that you may use it (\`docker info\`), or set LAUNCHER=process. ${reason}`,
  );
  for (const image of new Set(images)) {
    if (await containers.imageExists(image, AbortSignal.timeout(ANSWER_TIMEOUT_MS))) continue;
    await attempt(
      () => containers.requirePullable(image, AbortSignal.timeout(REGISTRY_TIMEOUT_MS)),
      (reason) => missingImage(image, reason),
    );
  }
}

async function attempt(action: () => Promise<unknown>, sentence: (reason: string) => string): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw new AppError('invalid_settings', sentence(error instanceof Error ? error.message : String(error)), { cause: error });
  }
}
