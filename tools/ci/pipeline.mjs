// `.ci/run`: makes the machine ready, runs `npm test`, then the long checks. Stages by name: `.ci/run test compose`.
// At the end it lists what failed, by stage. The last line is `N passed, N failed`; the exit status is 0 only if nothing failed.
import { stopStartedEngine, rememberEngine } from './docker-engine.mjs';
import { FailureLines } from './failure-lines.mjs';
import { chosenPipeline, stageEnvironment } from './pipeline-stages.mjs';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { addTallies, closingLine, emptyTally, parseClosingLine, tallyOfOne } from './tally.mjs';

const minutesSince = (startedAt) => `${((performance.now() - startedAt) / 60_000).toFixed(1)} min`;

/** @param {import('./pipeline-stages.mjs').PipelineStage} stage */
async function runPipelineStage(stage) {
  const [program, ...args] = stage.command;
  let counted = null;
  const failures = new FailureLines();
  const result = await runProgram(program, args, {
    cwd: ROOT,
    env: stageEnvironment(process.env),
    timeoutMs: stage.timeoutMinutes * 60_000,
    onLine: (line) => {
      counted = parseClosingLine(line) ?? counted;
      failures.add(line);
    },
  });
  return { ...result, tally: tallyOfStage(stage, result.status === 0, counted), failureLines: failures.lines() };
}

/** @param {import('./pipeline-stages.mjs').PipelineStage} stage @param {boolean} hasPassed @param {import('./tally.mjs').Tally | null} counted */
function tallyOfStage(stage, hasPassed, counted) {
  if (stage.kind === 'preparation' && hasPassed) return emptyTally();
  if (stage.kind !== 'tests' || !counted) return tallyOfOne(stage.name, hasPassed && stage.kind !== 'tests');
  return hasPassed || counted.failed > 0 ? counted : addTallies([counted, tallyOfOne(stage.name, false)]);
}

async function main() {
  const stages = chosenPipeline(process.argv.slice(2));
  const startedAt = performance.now();
  const engine = rememberEngine();
  const tallies = [];
  const times = [];
  const failed = [];
  for (const stage of stages) {
    console.log(`\n==== ${stage.name} ...`);
    const stageStartedAt = performance.now();
    const { tally, status, isInterrupted, failureLines } = await runPipelineStage(stage);
    tallies.push(tally);
    if (tally.failed > 0) failed.push(`failed: ${stage.name}`, ...failureLines.map((line) => `  ${line}`));
    times.push(`${stage.name.padEnd(16)} ${minutesSince(stageStartedAt).padStart(9)}  ${status === 0 ? 'ok' : 'FAILED'}`);
    console.log(`==== ${stage.name}: ${status === 0 ? 'ok' : 'FAILED'} in ${minutesSince(stageStartedAt)}`);
    // Without packages nothing else can run; after Ctrl-C nothing else should.
    if (isInterrupted || (stage.name === 'packages' && status !== 0)) break;
  }
  stopStartedEngine(engine);
  const total = addTallies(tallies);
  console.log(`\n${times.join('\n')}\n${'all'.padEnd(16)} ${minutesSince(startedAt).padStart(9)}`);
  for (const line of failed) console.log(line);
  console.log(closingLine(total));
  process.exitCode = total.failed === 0 && tallies.length === stages.length ? 0 : 1;
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
