import type { ContainerRuntime } from '@interleave/docker-runtime';
import { INSTANCE_LABEL, SANDBOX_LABEL } from './labels';

/** A container that is about to be started looks like an orphan; none stays like that for this long. */
const START_GRACE_MS = 60_000;

/**
 * Removes what earlier tool servers left behind: sandboxes that have ended, or were never started. One whose owner died ends by
 * itself, because its stdin ends; so running ones belong to someone, except those of this instance that it doesn't know.
 * @returns how many were removed
 */
export async function sweepOrphans(
  runtime: ContainerRuntime,
  own: { readonly instanceId: string; readonly knownContainers: ReadonlySet<string> },
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  const containers = await runtime.list(SANDBOX_LABEL, signal);
  const orphans = containers.filter(({ id, labels, state, createdAtMs }) => {
    if (own.knownContainers.has(id)) return false;
    if (state === 'ended') return true;
    const isOld = nowMs - createdAtMs >= START_GRACE_MS;
    return isOld && (state === 'created' || labels[INSTANCE_LABEL] === own.instanceId);
  });
  for (const { id } of orphans) await runtime.remove(id, signal);
  return orphans.length;
}
