// What takes minutes to break: the engine, its disk, a server with many sessions, a model-pool that is killed again and again, models that
// take turns, workers that fail under load, answers whose rounds are cut off. From what was built (`npm run build`). The last line is
// `N passed, N failed`; the exit status is 0 only if nothing failed.
import { runCounted } from './run-counted.mjs';
import { runStage } from './run-stage.mjs';
import { addTallies, conclude } from './tally.mjs';
import { jestStage } from './test-stages.mjs';

const tallies = [];
for (const app of ['tool-server', 'model-pool']) {
  tallies.push(await runStage(jestStage(`faults of ${app}`, `apps/${app}/jest.config.faults.cjs`, '--runInBand', '--forceExit')));
}
tallies.push(await runCounted('pool-faults on llama-worker', ['tools/pool-faults/pool-faults.mjs', '--no-build'], 10));
const exactness = ['tools/exactness/exactness.mjs', '--no-build', '--trajectories', '300', '--cuts', '30'];
tallies.push(await runCounted('exactness on llama-worker with rounds cut', exactness, 5));
conclude(addTallies(tallies));
