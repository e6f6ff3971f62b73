import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from './declaration';

/** A deployment as it is kept over a crash of model-pool. */
export interface StoredDeployment {
  readonly declaration: Declaration;
  readonly restarts: number;
}

interface Stored {
  /** What flags, environment and file asked for: something else today makes the rest void. */
  readonly declared: string;
  readonly deployments: readonly StoredDeployment[];
}

/**
 * What was changed through the API lasts over a crash, for the workers are still there; an orderly end, or another declaration,
 * begins anew.
 */
export class DeploymentStore {
  private readonly path: string;
  private readonly declared: string;

  constructor(stateDirectory: string, declared: readonly Declaration[]) {
    this.path = join(stateDirectory, 'deployments.json');
    this.declared = JSON.stringify(declared);
  }

  /** Null where nothing was kept. */
  read(): readonly StoredDeployment[] | null {
    if (!existsSync(this.path)) return null;
    try {
      const stored = JSON.parse(readFileSync(this.path, 'utf8')) as Partial<Stored> | null;
      const isUsable = stored?.declared === this.declared && Array.isArray(stored.deployments) && stored.deployments.every(isStored);
      return isUsable ? stored.deployments : null;
    } catch (_unreadable) {
      return null;
    }
  }

  write(deployments: readonly StoredDeployment[]): void {
    const stored: Stored = { declared: this.declared, deployments };
    writeFileSync(`${this.path}.new`, JSON.stringify(stored, null, 2), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }

  forget(): void {
    rmSync(this.path, { force: true });
  }
}

function isStored(value: unknown): value is StoredDeployment {
  const stored = value as Partial<StoredDeployment> | null;
  const values: unknown = stored?.declaration?.values;
  const isText = values !== null && typeof values === 'object' && Object.values(values).every((text) => typeof text === 'string');
  return isText && typeof stored?.declaration?.name === 'string' && Number.isInteger(stored.restarts);
}
