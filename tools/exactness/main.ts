import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadSettings } from '@interleave/settings';
import { checkStatements, FakeToolServer, workerCheckingTokenizer } from '@interleave/testing';
import { endAfter, undoLater } from '../harness/cleanup';
import { HttpClient } from '../harness/http-client';
import { Random } from '../harness/random';
import { runTool } from '../harness/run-tool';
import { Services } from '../harness/services';
import { ExactnessSettings } from './exactness.settings';
import { Disturbance } from './disturbance';
import { randomOutput, randomRequest } from './random-request';
import { RecordingProxy } from './recording-proxy';
import type { WireRound } from './recording-proxy';
import { stopsInTime } from './stops-in-time';
import { takenIds } from './taken-ids';
import type { AnswerIds } from './taken-ids';

const MAX_MINUTES = 90;
const QUESTIONS = join(__dirname, '../../../models/demo/held-out-questions.jsonl');
const MAX_SHOWN_VIOLATIONS = 10;

interface Answer {
  readonly choices: readonly {
    readonly message: { readonly content: string };
    readonly interleave: {
      readonly stop_cause: string;
      readonly prompt_token_ids: readonly number[];
      readonly token_ids: readonly number[];
      readonly loss_mask: readonly number[];
      readonly logprobs: readonly (number | null)[];
    };
  }[];
}

/** Many trajectories with rules and tool outputs drawn at random; of each, whether the three statements of token accounting hold, and nothing was generated beyond a stop. */
async function main(): Promise<void> {
  endAfter(MAX_MINUTES);
  // eslint-disable-next-line no-restricted-properties -- a key has no place on a command line
  const environment = { WORKER_KEY: process.env['WORKER_KEY'] };
  const settings = loadSettings(ExactnessSettings, { argv: process.argv.slice(2), environment });
  const { trajectories, inFlight, workerKey = null } = settings;
  const questions = readFileSync(QUESTIONS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { question: string }).question);
  const services = new Services((line) => process.stderr.write(`${line}\n`));
  const workerUrl = settings.workerUrl ?? (await services.startLlamaWorker());
  const disturbance = settings.cuts === 0 ? null : new Disturbance(new Random(settings.seed), settings.cuts / 100);
  const proxy = await RecordingProxy.start(workerUrl, workerKey, disturbance);
  const stopProxy = undoLater(() => proxy.stop());
  const random = new Random(settings.seed);
  const tools = await FakeToolServer.start({
    serviceToken: services.serviceToken,
    maxSessions: 256,
    isRecording: false,
    script: () => randomOutput(random),
  });
  const stopTools = undoLater(() => tools.stop());
  const out = settings.out === undefined ? null : createWriteStream(settings.out);
  const { url } = await services.startGateway(proxy.urls.join(','), tools.url);
  const gateway = new HttpClient(url);
  const tokenizer = await workerCheckingTokenizer(workerUrl, workerKey);

  const holds = { P1: 0, P2: 0, P3: 0, 'stop in time': 0 };
  const violations: string[] = [];
  const causes = new Map<string, number>();
  const totals = { rounds: 0, generated: 0, observed: 0 };
  let next = 0;
  const runOne = async (index: number): Promise<void> => {
    const seed = settings.seed * 1_000_000 + index;
    const { body, userStops } = randomRequest(questions[index % questions.length] as string, seed);
    const [choice] = (await gateway.json<Answer>('POST', '/v1/chat/completions', body)).choices;
    if (!choice) throw new Error('an answer has no choice');
    const { stop_cause: stopCause, prompt_token_ids: promptIds, token_ids: ids, loss_mask: mask, logprobs } = choice.interleave;
    const rounds = proxy.takeRounds(seed).map((round) => asTaken(round, { promptIds, ids, mask }));
    const checks = {
      ...(await checkStatements({ text: choice.message.content, stopCause, promptIds, ids, mask, userStops, rounds }, tokenizer)),
      'stop in time': await stopsInTime({ promptIds, ids, mask }, rounds, tokenizer),
    };
    for (const [name, violation] of Object.entries(checks)) {
      if (violation === null) holds[name as keyof typeof holds] += 1;
      else violations.push(`trajectory ${index} (seed ${seed}, ended by ${stopCause}): ${violation}`);
    }
    const generated = mask.filter((bit) => bit === 1).length;
    totals.rounds += rounds.length;
    totals.generated += generated;
    totals.observed += mask.length - generated;
    causes.set(stopCause, (causes.get(stopCause) ?? 0) + 1);
    out?.write(`${JSON.stringify({ seed, prompt_token_ids: promptIds, token_ids: ids, loss_mask: mask, logprobs })}\n`);
  };
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let index = next++; index < trajectories; index = next++) {
        await runOne(index);
        if ((index + 1) % 50 === 0) process.stderr.write(`  ${index + 1} of ${trajectories}\n`);
      }
    }),
  );
  out?.end();
  if (out) await once(out, 'finish');
  await Promise.all([gateway.close(), stopProxy(), stopTools()]);
  await services.stop();

  const ends = [...causes].sort(([, left], [, right]) => right - left).map(([cause, count]) => `${cause} ${count}`);
  process.stdout.write(
    `${trajectories} trajectories through ${settings.workerUrl ?? 'llama-worker'}: ${totals.rounds} rounds, ${totals.generated} ids generated, ${totals.observed} observed` +
      `${disturbance === null ? '' : `, ${proxy.cuts} rounds cut`}\n` +
      `ended by: ${ends.join(', ')}\n` +
      Object.entries(holds)
        .map(([name, count]) => `${name} holds in ${count} of ${trajectories}\n`)
        .join(''),
  );
  for (const violation of violations.slice(0, MAX_SHOWN_VIOLATIONS)) process.stdout.write(`failed: ${violation}\n`);
  const broken = Object.values(holds).filter((count) => count < trajectories).length;
  process.stdout.write(`${Object.keys(holds).length - broken} passed, ${broken} failed\n`);
  process.exitCode = broken === 0 ? 0 : 1;
}

/** A worker that goes on for another one doesn't know where to stop; what the gateway took of its ids is what the mask says. P2 shows whether that is right. */
function asTaken(round: WireRound, answer: AnswerIds): WireRound {
  return round.isContinued ? { ...round, sentIds: round.sentIds.slice(0, takenIds(answer, round.promptIds).length) } : round;
}

void runTool('exactness', main);
