import { isAppError } from '@interleave/kernel';
import { loadSettings } from '@interleave/settings';
import { dockerUnavailableReason } from '@interleave/testing';
import { BenchSettings, PARTS } from './bench.settings';
import type { Part } from './bench.settings';
import { describeMachine } from './machine';
import { Report } from './report';
import { benchToolCall } from './tool-call';
import { benchTurnLoop } from './turn-loop';

const RUN: Readonly<Record<Part, (report: Report, seconds: number) => Promise<void>>> = {
  'tool-call': benchToolCall,
  'turn-loop': (report, seconds) => benchTurnLoop('turn-loop', report, seconds),
  'turn-loop-sandbox': (report, seconds) => benchTurnLoop('turn-loop-sandbox', report, seconds),
};
const NEEDS_DOCKER: ReadonlySet<Part> = new Set(['tool-call', 'turn-loop-sandbox']);

async function main(): Promise<void> {
  const settings = loadSettings(BenchSettings, { argv: process.argv.slice(2) });
  const report = new Report(describeMachine());
  const parts = settings.only.length > 0 ? settings.only : PARTS;
  for (const [place, part] of parts.entries()) {
    const reason = NEEDS_DOCKER.has(part) ? dockerUnavailableReason() : null;
    report.progress(`[${place + 1}/${parts.length}] ${part}${reason === null ? '' : `: skipped. ${reason}`}`);
    if (reason !== null && settings.only.length > 0) throw new Error(`${part} was asked for, but needs Docker.`);
    if (reason === null) await RUN[part](report, settings.seconds);
  }
  process.stdout.write(`\n${report.table()}`);
  if (settings.out !== undefined) report.write(settings.out);
}

main().catch((error: unknown) => {
  process.stderr.write(`\nbench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isAppError(error) && error.code === 'invalid_settings' ? 2 : 1;
});
