import { loadavg } from 'node:os';
import { loadSettings } from '@interleave/settings';
import { dockerUnavailableReason } from '@interleave/testing';
import { endAfter, isInterrupted } from '../harness/cleanup';
import { describeMachine } from '../harness/machine';
import { withListNames } from '../harness/positional';
import { runTool } from '../harness/run-tool';
import { soakLiveSessions } from './live-sessions';
import { soakSessions } from './many-sessions';
import { checkRestore } from './restore/restore';
import { SOAK_PARTS, SoakSettings } from './soak.settings';
import { SoakReport } from './soak-report';

const QUICK = { sessions: 200, live: 8, waiting: 40, programs: 18, crashes: 4 };

async function main(): Promise<void> {
  const given = loadSettings(SoakSettings, { argv: withListNames(process.argv.slice(2), '--only') });
  const settings = given.quick ? { ...given, ...QUICK } : given;
  endAfter(settings.minutes);
  const reason = dockerUnavailableReason();
  if (reason !== null) throw new Error(`The soak needs Docker. ${reason}`);
  const machine = describeMachine();
  const report = new SoakReport(machine);
  report.say(
    `${machine.commit}, node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${machine.memory_gib} GiB, Docker ${machine.docker}, load ${machine.load_average}`,
  );
  const run = {
    sessions: () => soakSessions(report, settings),
    live: () => soakLiveSessions(report, settings),
    restore: () => checkRestore(report, settings),
  };
  for (const part of SOAK_PARTS) if (settings.only.length === 0 || settings.only.includes(part)) await run[part]();
  if (isInterrupted()) return;
  report.say(
    `\nload ${(loadavg()[0] ?? 0).toFixed(1)} at the end; ${report.failures === 0 ? 'all claims hold' : `${report.failures} claims do not hold`}`,
  );
  if (settings.json !== undefined) report.write(settings.json);
  if (report.failures > 0) process.exitCode = 1;
}

void runTool('soak', main);
