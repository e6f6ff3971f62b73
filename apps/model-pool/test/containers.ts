import { execFileSync } from 'node:child_process';
import type { Workplace } from './pool-settings';
import { knownPoolIdentity } from '../src/records/pool-identity';

export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Ids of the containers of a state directory, running or not. */
export function containersOf({ stateDirectory }: Workplace): string[] {
  const pool = knownPoolIdentity(stateDirectory);
  if (pool === null) return [];
  return docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=interleave.pool=${pool}`).split('\n').filter(Boolean);
}

/** Removes what a failed test left behind. */
export function removeContainersOf(workplace: Workplace): void {
  for (const id of containersOf(workplace)) docker('rm', '--force', '--volumes', id);
}
