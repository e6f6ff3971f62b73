import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { within } from '@interleave/platform';
import { ensureSandboxImage, findSandboxFolder } from '../../../apps/tool-server/src/container/sandbox-image';
import type { SandboxTier } from '../../../apps/tool-server/src/container/sandbox-image';
import { withProgress } from './progress';

const BUILD_TIMEOUT_MS = 30 * 60_000;

/** Builds the sandbox image where it is missing: once, and again when docker/sandbox changes. */
export async function prepareSandboxImage(tier: SandboxTier, signal: AbortSignal): Promise<void> {
  const runtime = new DockerContainerRuntime();
  const folder = findSandboxFolder(tier);
  if (await runtime.imageExists(folder.imageTag, signal)) return;
  await withProgress('Building the sandbox image (once, takes minutes)', (report) =>
    within(BUILD_TIMEOUT_MS, signal, (bounded) => ensureSandboxImage(runtime, folder, (line) => report(stepOf(line)), bounded)),
  );
}

/** `Step 3/12 : RUN set -eu; …` → `step 3 of 12` */
function stepOf(line: string): string {
  const [, step, of] = /^Step (\d+)\/(\d+)/.exec(line) ?? [];
  return step && of ? `step ${step} of ${of}` : line.slice(0, 60);
}
