import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '@interleave/kernel';

const RANK_FILE = /^model_world_size_(\d{1,6})_rank_(\d{1,6})\.pt$/;

export interface RankFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface RankFiles {
  readonly worldSize: number;
  /** In the order of the ranks. */
  readonly files: readonly RankFile[];
  /** Of FSDP, where the run wrote it down. */
  readonly fsdpVersion: number | null;
}

/**
 * The shards of a checkpoint, complete.
 * @throws AppError that names the file which is missing or too much
 */
export function findRankFiles(folder: string): RankFiles {
  const names = namesIn(folder);
  const found = names.flatMap((name) => {
    const match = RANK_FILE.exec(name);
    return match ? [{ name, worldSize: Number(match[1]), rank: Number(match[2]) }] : [];
  });
  const worldSizes = [...new Set(found.map(({ worldSize }) => worldSize))].sort((left, right) => left - right);
  const [worldSize] = worldSizes;
  if (worldSize === undefined)
    throw new AppError('invalid_request', `${folder} holds no model_world_size_W_rank_R.pt files.${betterFolder(folder, names)}`);
  if (worldSizes.length > 1) {
    throw new AppError(
      'invalid_request',
      `${folder} holds shards of runs with ${worldSizes.join(' and with ')} ranks: keep the files of one of them in a directory of their own.`,
    );
  }
  const byRank = new Map(found.map((file) => [file.rank, file.name]));
  const missing = Array.from({ length: worldSize }, (_, rank) => rank).filter((rank) => !byRank.has(rank));
  if (missing.length > 0) {
    const [first] = missing.map((rank) => `model_world_size_${worldSize}_rank_${rank}.pt`);
    throw new AppError(
      'invalid_request',
      `${first}${missing.length > 1 ? ` and ${missing.length - 1} more` : ''} of ${worldSize} shards ${missing.length > 1 ? 'are' : 'is'} missing in ${folder}: copy the files of all ranks there.`,
    );
  }
  const tooMuch = found.find(({ rank }) => rank >= worldSize);
  if (tooMuch)
    throw new AppError('invalid_request', `${tooMuch.name} is of no rank that a run with ${worldSize} ranks has: remove or rename it.`);
  const config = fsdpConfig(join(folder, 'fsdp_config.json'));
  if (config?.worldSize !== undefined && config.worldSize !== worldSize) {
    throw new AppError(
      'invalid_request',
      `fsdp_config.json says that ${config.worldSize} ranks wrote this checkpoint, but the files are of ${worldSize}: take all files from one step of one run.`,
    );
  }
  return { worldSize, fsdpVersion: config?.version ?? null, files: inOrder(folder, worldSize) };
}

function inOrder(folder: string, worldSize: number): RankFile[] {
  return Array.from({ length: worldSize }, (_, rank) => {
    const name = `model_world_size_${worldSize}_rank_${rank}.pt`;
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    if (size === 0) throw new AppError('invalid_request', `${name} is empty: copy it again, or take the checkpoint before.`);
    return { path, name, bytes: size, modifiedMs: Math.round(mtimeMs) };
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new AppError('invalid_request', `${folder} is no directory that can be read: --local-dir names the one with the shards.`, {
      cause: error,
    });
  }
}

/** People name the step, or the run, in place of its `actor/`. */
function betterFolder(folder: string, names: readonly string[]): string {
  const holdsShards = (path: string): boolean => existsSync(path) && readdirSync(path).some((name) => RANK_FILE.test(name));
  if (names.includes('actor') && holdsShards(join(folder, 'actor'))) return ` Did you mean --local-dir ${join(folder, 'actor')}?`;
  const step = names.filter((name) => /^global_step_\d+$/.test(name)).sort((left, right) => stepOf(right) - stepOf(left))[0];
  if (step !== undefined) return ` Did you mean --local-dir ${join(folder, step, 'actor')}?`;
  if (names.includes('model.safetensors') || names.includes('model.safetensors.index.json')) return ' It is merged already.';
  return ' Name the actor/ of a step: checkpoints/PROJECT/RUN/global_step_N/actor.';
}

function stepOf(name: string): number {
  return Number(basename(name).slice('global_step_'.length));
}

function fsdpConfig(path: string): { worldSize?: number; version?: number } | null {
  if (!existsSync(path)) return null;
  try {
    const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const number = (name: string): number | undefined => (Number.isInteger(config[name]) ? (config[name] as number) : undefined);
    return { worldSize: number('world_size'), version: number('FSDP_version') };
  } catch (error) {
    throw new AppError('invalid_request', `${path} is not JSON: copy it again, or remove it.`, { cause: error });
  }
}
