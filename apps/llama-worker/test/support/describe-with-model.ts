import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../../..');
const PROGRAM = join(ROOT, 'dist/apps/llama-worker/src/main.js');

export interface LiveWorkerFiles {
  readonly program: string;
  readonly model: string;
}

/** Runs against the built worker and a real model, LIVE_GGUF or the demo model; without them the suite is skipped and says why. */
export function describeWithModel(name: string, define: (files: LiveWorkerFiles) => void): void {
  const files = { program: PROGRAM, model: process.env['LIVE_GGUF'] ?? join(ROOT, 'models/demo/demo.gguf') };
  const missing = Object.values(files).filter((path) => !existsSync(path));
  if (missing.length === 0) {
    describe(name, () => define(files));
    return;
  }
  process.stderr.write(
    `${name}: skipped, ${missing.join(' and ')} is missing (npm run build; the demo model comes with the repository).\n`,
  );
  describe.skip(name, () => define(files));
}
