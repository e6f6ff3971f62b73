import { loadavg } from 'node:os';
import { loadSettings } from '@interleave/settings';
import { dockerUnavailableReason } from '@interleave/testing';
import { endAfter, isInterrupted } from '../harness/cleanup';
import { describeMachine } from '../harness/machine';
import { withListNames } from '../harness/positional';
import { runTool } from '../harness/run-tool';
import { BenchSettings, GROUPS, PARTS, TOOL_SERVER_PARTS } from './bench.settings';
import type { Part, ToolServerPart } from './bench.settings';
import { benchPaced } from './paced/paced';
import { benchRealistic } from './realistic/realistic';
import { Report } from './report';
import { benchStreams } from './streams';
import { benchToolServer } from './tool-server/bench-tool-server';
import { benchTurnLoop } from './turn-loop';
import { benchVllmStreams } from './paced/vllm-streams';

const MAX_MINUTES = 60;
const QUICK = { seconds: 0.6, rounds: 1, maxClients: 8, streams: 100 };
const PACED = { streams: 64, tokens: 250 };
const QUICK_PACED = { streams: 8, tokens: 50 };
const REALISTIC = { trajectories: 256, seconds: 45 };
const QUICK_REALISTIC = { trajectories: 8, seconds: 30 };
const VLLM = { tokens: 256, clients: [1, 16] };
const QUICK_VLLM = { tokens: 32, clients: [1, 4] };
const WITHOUT_DOCKER: ReadonlySet<Part> = new Set(['turn-loop', 'streams', 'paced']);

async function main(): Promise<void> {
  endAfter(MAX_MINUTES);
  // eslint-disable-next-line no-restricted-properties -- the one place where this program reads its environment
  const { VLLM_COMMAND, WORKER_KEY } = process.env;
  const settings = loadSettings(BenchSettings, {
    argv: withListNames(process.argv.slice(2), '--only'),
    environment: { VLLM_COMMAND, WORKER_KEY },
  });
  const options = settings.quick ? QUICK : settings;
  const report = new Report(describeMachine());
  const named = settings.only.flatMap((name) => GROUPS[name] ?? [name as Part]);
  const parts = PARTS.filter((part) => named.length === 0 || named.includes(part));
  const noDocker = dockerUnavailableReason();
  const noVllm =
    settings.vllmCommand === undefined && settings.workerUrl === undefined
      ? 'Set VLLM_COMMAND, e.g. "/path/to/bin/vllm serve", or --worker-url for a vLLM that runs.'
      : null;
  const able: Part[] = [];
  for (const part of parts) {
    const reason = part === 'vllm-streams' ? noVllm : WITHOUT_DOCKER.has(part) ? null : noDocker;
    if (reason === null) able.push(part);
    else if (named.length > 0)
      throw new Error(`${part} was asked for, but needs ${part === 'vllm-streams' ? 'vLLM' : 'Docker'}. ${reason}`);
    else report.skip(part, reason);
  }
  const ofToolServer = TOOL_SERVER_PARTS.filter((part) => able.includes(part));
  if (ofToolServer.length > 0) await benchToolServer(report, new Set<ToolServerPart>(ofToolServer), options);
  for (const part of ['turn-loop', 'turn-loop-sandbox'] as const) {
    if (!able.includes(part)) continue;
    report.progress(part);
    await benchTurnLoop(part, report, options.seconds);
  }
  if (able.includes('streams')) {
    report.progress('streams');
    await benchStreams(report, options.streams);
  }
  if (able.includes('realistic')) {
    report.progress('realistic');
    const realistic = settings.quick ? QUICK_REALISTIC : REALISTIC;
    await benchRealistic(report, { ...realistic, trajectories: Math.min(realistic.trajectories, options.maxClients) });
  }
  if (able.includes('paced')) {
    report.progress('paced');
    await benchPaced(report, { ...(settings.quick ? QUICK_PACED : PACED), rounds: options.rounds });
  }
  if (able.includes('vllm-streams')) {
    report.progress('vllm-streams');
    await benchVllmStreams(report, { ...settings, ...(settings.quick ? QUICK_VLLM : VLLM), rounds: options.rounds });
  }
  if (isInterrupted()) return;
  const loadAfter = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  process.stdout.write(`\n${report.table(loadAfter)}`);
  if (settings.json !== undefined) report.write(settings.json, loadAfter);
  if (report.failures > 0) throw new Error(`${report.failures} calls were not answered as they should have been.`);
}

void runTool('bench', main);
