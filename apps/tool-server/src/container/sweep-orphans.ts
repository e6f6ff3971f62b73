import type { ContainerRuntime } from '@interleave/docker-runtime';
import { INSTANCE_LABEL, SANDBOX_LABEL } from './labels';

/** A container between create and start looks like an orphan; none stays there for this long. */
const START_GRACE_MS = 60_000;

/**
 * Removes what earlier tool servers left behind: sandboxes that don't run. One whose owner died ends by itself, because its
 * stdin ends; so running ones belong to someone, except those of this instance that it doesn't know.
 * @returns how many were removed
 */
export async function sweepOrphans(
  runtime: ContainerRuntime,
  own: { readonly instanceId: string; readonly knownContainers: ReadonlySet<string> },
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  const containers = await runtime.list(SANDBOX_LABEL, signal);
  const orphans = containers.filter(({ id, labels, isRunning, createdAtMs }) => {
    if (own.knownContainers.has(id) || nowMs - createdAtMs < START_GRACE_MS) return false;
    return !isRunning || labels[INSTANCE_LABEL] === own.instanceId;
  });
  for (const { id } of orphans) await runtime.remove(id, signal);
  return orphans.length;
}
