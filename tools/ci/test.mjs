// `npm test`: typecheck, lint, build, unit, e2e and live tests, in this order. `npm test -- --only unit,e2e` runs some of them.
// The last line is `N passed, N failed`; the exit status is 0 only if nothing failed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './repository.mjs';
import { runStage } from './run-stage.mjs';
import { addTallies, closingLine, conclude } from './tally.mjs';
import { chosenStages } from './test-stages.mjs';

const secondsSince = (startedAt) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

function chosenOrExit() {
  try {
    return chosenStages(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** A fresh clone has no packages yet. */
function installOnce() {
  if (existsSync(join(ROOT, 'node_modules/.package-lock.json'))) return;
  console.log('== install (npm ci) ...');
  const { status } = spawnSync('npm', ['ci'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write('npm ci failed: see above.\n');
    process.exit(1);
  }
}

const stages = chosenOrExit();
installOnce();
const startedAt = performance.now();
const tallies = [];
for (const stage of stages) {
  console.log(`\n== ${stage.name} (${tallies.length + 1} of ${stages.length}) ...`);
  const stageStartedAt = performance.now();
  const tally = await runStage(stage);
  tallies.push(tally);
  console.log(`== ${stage.name}: ${closingLine(tally)} in ${secondsSince(stageStartedAt)}`);
}

const total = addTallies(tallies);
console.log(`\n== ${stages.map(({ name }) => name).join(', ')}: ${secondsSince(startedAt)}`);
conclude(total);
