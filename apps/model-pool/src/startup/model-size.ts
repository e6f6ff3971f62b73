import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a model's weights; null where they are not on this machine, as those of a name on the hub. */
export function modelSize(path: string): number | null {
  if (!existsSync(path)) return null;
  const stats = statSync(path);
  if (stats.isFile()) return stats.size;
  const sizes = readdirSync(path)
    .filter((name) => /\.(safetensors|bin|pt|gguf)$/.test(name))
    .map((name) => statSync(join(path, name)).size);
  return sizes.reduce((total, size) => total + size, 0);
}
