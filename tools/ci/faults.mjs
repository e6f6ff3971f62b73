// What takes minutes to break: the engine, its disk, a server with many sessions, a model-pool that is killed again and again. From what
// was built (`npm run build`). The last line is `N passed, N failed`; the exit status is 0 only if nothing failed.
import { runStage } from './run-stage.mjs';
import { addTallies, closingLine } from './tally.mjs';

const tallies = [];
for (const app of ['tool-server', 'model-pool']) {
  tallies.push(
    await runStage({
      name: `faults of ${app}`,
      program: process.execPath,
      args: ['node_modules/jest/bin/jest.js', '-c', `apps/${app}/jest.config.faults.cjs`, '--runInBand', '--forceExit'],
      timeoutMs: 10 * 60_000,
      isJest: true,
    }),
  );
}
const tally = addTallies(tallies);
for (const skip of tally.skips) console.log(`skipped: ${skip}`);
for (const failure of tally.failures) console.log(`failed: ${failure}`);
console.log(closingLine(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
