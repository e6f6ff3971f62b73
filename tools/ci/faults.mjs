// What takes minutes to break: the engine, its disk, a server with many sessions, a model-pool that is killed again and again. From what
// was built (`npm run build`). The last line is `N passed, N failed`; the exit status is 0 only if nothing failed.
import { runStage } from './run-stage.mjs';
import { addTallies, conclude } from './tally.mjs';
import { jestStage } from './test-stages.mjs';

const tallies = [];
for (const app of ['tool-server', 'model-pool']) {
  tallies.push(await runStage(jestStage(`faults of ${app}`, `apps/${app}/jest.config.faults.cjs`, '--runInBand', '--forceExit')));
}
conclude(addTallies(tallies));
