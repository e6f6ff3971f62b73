import { loadSettings } from '@interleave/settings';
import { endAfter } from '../harness/cleanup';
import { describeMachine } from '../harness/machine';
import { runTool } from '../harness/run-tool';
import { FaultySystem } from './faulty-system';
import type { PartResult } from './part-result';
import { PARTS, PoolFaultsSettings } from './pool-faults.settings';
import { runPart } from './parts';
import { table, writeJson } from './report';

/** Faults of workers on a running system under load: what clients see of them. The last line is `N passed, N failed`: what must hold. */
async function main(): Promise<void> {
  const settings = loadSettings(PoolFaultsSettings, { argv: process.argv.slice(2) });
  endAfter(settings.maxMinutes);
  const machine = describeMachine();
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const system = await FaultySystem.start(settings, progress);
  const results: PartResult[] = [];
  for (const part of PARTS) {
    if (settings.only.length > 0 && !settings.only.includes(part)) continue;
    progress(`${part} …`);
    const result = await runPart(part, system);
    results.push(result);
    for (const { what, isMet } of result.musts) if (!isMet) progress(`  BROKEN: ${what}`);
    if (result.load.ownMistakes > 0)
      progress(`  ${result.load.ownMistakes} answers are wrong in calm, too, or nearly were: the model's own mistakes`);
  }
  const leaked = await system.stop();

  const musts = [
    ...results.flatMap(({ part, musts: ofPart }) => ofPart.map(({ what, isMet }) => ({ what: `${part}: ${what}`, isMet }))),
    { what: `no process is left (${leaked.length} are)`, isMet: leaked.length === 0 },
  ];
  const broken = musts.filter(({ isMet }) => !isMet);
  process.stdout.write(
    `${settings.clients} clients, ${settings.engine} workers of the demo model, tools in ${system.sandbox}; ` +
      `${machine.cores} cores, load average ${machine.load_average} at the start\n\n${table(results)}\n\n`,
  );
  if (settings.json !== undefined) writeJson(settings.json, { machine, settings, sandbox: system.sandbox }, results);
  for (const { what } of broken) process.stdout.write(`failed: ${what}\n`);
  process.stdout.write(`${musts.length - broken.length} passed, ${broken.length} failed\n`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

void runTool('pool-faults', main);
