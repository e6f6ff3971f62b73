import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const MANIFEST = 'publish-manifest.json';

export interface ManifestFile {
  /** Relative to the model's directory, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  /** Of the checkpoint and the options that decide what is written. */
  readonly source: string;
  /** Of the step records; null without. */
  readonly stepRecords: string | null;
  readonly files: readonly ManifestFile[];
}

/** One line for everything that a result follows from. */
export function fingerprintOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

export async function manifestFile(folder: string, path: string): Promise<ManifestFile> {
  return { path, bytes: statSync(join(folder, path)).size, sha256: await sha256Of(join(folder, path)) };
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The manifest of an earlier run; null where there is none that can be read. */
export function readManifest(folder: string): Manifest | null {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return null;
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    const isGood =
      typeof value.source === 'string' &&
      value.files.every(({ path: name, sha256 }) => typeof name === 'string' && typeof sha256 === 'string');
    return isGood ? value : null;
  } catch (_notAManifest) {
    return null;
  }
}

/** First file that is not as the manifest says; null when all are. */
export async function firstChanged(folder: string, files: readonly ManifestFile[]): Promise<string | null> {
  for (const { path, bytes, sha256 } of files) {
    const place = join(folder, path);
    if (!existsSync(place) || statSync(place).size !== bytes || (await sha256Of(place)) !== sha256) return path;
  }
  return null;
}
