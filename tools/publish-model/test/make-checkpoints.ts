import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const DEMO_MODEL = join(__dirname, '../../../models/demo');
const TIMEOUT_MS = 240_000;

/** Layouts that make_checkpoints.py knows. */
export const LAYOUTS = [
  'fsdp1-bf16',
  'fsdp1-fp32-sharded-tensor',
  'fsdp1-untied-three-ranks',
  'fsdp1-ddp-x-fsdp',
  'fsdp2-bf16',
  'fsdp2-fp32-untied',
  'fsdp2-three-ranks',
  'fsdp2-ddp-x-fsdp',
  'fsdp2-columns',
  'fsdp2-lora',
  'fsdp2-one-rank',
] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The Python with torch that this check was started with. */
export function publishPython(): string {
  const python = process.env['PUBLISH_PYTHON'];
  if (!python) throw new Error('Set PUBLISH_PYTHON to a Python with torch and transformers; tools/ci/publish-model.mjs does.');
  return python;
}

/** Real FSDP over gloo on the CPU: `FOLDER/LAYOUT/actor` and, beside it, `whole.safetensors`. */
export function makeCheckpoints(folder: string): void {
  execFileSync(publishPython(), [join(__dirname, 'make_checkpoints.py'), DEMO_MODEL, folder, ...LAYOUTS], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
  });
}
