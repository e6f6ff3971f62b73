import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { ContainerMount } from '@interleave/docker-runtime';

/** Where a worker in a container finds what it may keep. */
export const CACHE_FOLDER = '/var/cache/worker';

/** The folder of a model, read-only and under the same path. The hub's cache is made of links: what they lead to is there too. */
export function modelMounts(model: string): ContainerMount[] {
  const folder = statSync(model).isFile() ? dirname(model) : model;
  const targets = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, real: realpathSync(path) }))
    .filter(({ path, real }) => real !== join(realpathSync(folder), path.slice(folder.length + 1)))
    .map(({ real }) => (statSync(real).isFile() ? dirname(real) : real));
  return [...new Set([folder, ...targets])].map((path) => ({ Type: 'bind', Source: path, Target: path, ReadOnly: true }));
}

/** @param cache a folder of this machine, or the name of a volume */
export function cacheMounts(cache: string | null): ContainerMount[] {
  if (cache === null) return [];
  const isFolder = isAbsolute(cache);
  // What an engine makes, where a folder is missing, belongs to root.
  if (isFolder) mkdirSync(cache, { recursive: true });
  return [{ Type: isFolder ? 'bind' : 'volume', Source: cache, Target: CACHE_FOLDER, ReadOnly: false }];
}
