import { loadSettings } from '@interleave/settings';
import { FakeToolServer, FakeVllm } from '@interleave/testing';
import { median } from '../bench/statistics';
import { RecordingProxy } from '../exactness/recording-proxy';
import { endAfter, undoLater } from '../harness/cleanup';
import { HttpClient } from '../harness/http-client';
import { runTool } from '../harness/run-tool';
import { Services } from '../harness/services';
import { EarlyStartSettings } from './early-start.settings';

const MAX_MINUTES = 20;
const TOKENS_AFTER_BLOCK = 30;
const STOP = '```output';

/** How long a trajectory waits between the end of a round and the start of the next, with calls started early and without. */
async function main(): Promise<void> {
  endAfter(MAX_MINUTES);
  const settings = loadSettings(EarlyStartSettings, { argv: process.argv.slice(2) });
  const { callMs, afterBlockMs, trajectories } = settings;
  const services = new Services((line) => process.stderr.write(`${line}\n`));
  const toolServerUrl = await startTools(services, settings);
  const block = (number: number): string => `\`\`\`python\nimport time\ntime.sleep(${callMs / 1000})\nprint(${number})\n\`\`\`\n`;
  const rounds = [1, 2].map((number) => `${block(number)}${'x\n'.repeat((TOKENS_AFTER_BLOCK - 1) / 2)}${STOP}`);
  const worker = await FakeVllm.start({
    delayMsPerToken: afterBlockMs / TOKENS_AFTER_BLOCK,
    isRecording: false,
    script: ({ promptText }) => rounds[promptText.split(STOP).length - 1] ?? { text: 'Done.', delayMsPerToken: 0 },
  });
  const stopWorker = undoLater(() => worker.stop());
  const proxy = await RecordingProxy.start(worker.url, null);
  const stopProxy = undoLater(() => proxy.stop());
  const gateway = new HttpClient((await services.startGateway(proxy.urls.join(','), toolServerUrl)).url);

  const waits = async (isEarly: boolean): Promise<readonly number[][]> => {
    const ofCalls: number[][] = [[], []];
    for (let index = 0; index <= trajectories; index += 1) {
      const seed = index + (isEarly ? 0 : 1_000_000);
      const body = { model: 'demo', messages: [{ role: 'user', content: 'go' }], seed, interleave: { early_execution: isEarly } };
      await gateway.json('POST', '/v1/chat/completions', body);
      const [first, second, third] = proxy.takeRounds(seed);
      if (!first || !second || !third) throw new Error('a trajectory did not have three rounds');
      // The first one of a kind compiles code.
      if (index === 0) continue;
      ofCalls[0]?.push(second.startedAtMs - first.endedAtMs);
      ofCalls[1]?.push(third.startedAtMs - second.endedAtMs);
    }
    return ofCalls;
  };
  const [late, early] = [await waits(false), await waits(true)];
  await Promise.all([gateway.close(), stopProxy(), stopWorker()]);
  await services.stop();

  const place = ['first call (a session that holds nothing)', 'second call (its twin is there)'];
  process.stdout.write(
    `a call of ${callMs} ms, ${afterBlockMs} ms from the closed block to the end of the round, ${settings.sandbox} sandbox; from stop to next round, p50 of ${trajectories}:\n` +
      place
        .map(
          (name, call) =>
            `  ${name}: ${median(late[call] ?? []).toFixed(1)} ms without early start, ${median(early[call] ?? []).toFixed(1)} ms with it\n`,
        )
        .join(''),
  );
}

async function startTools(services: Services, { sandbox, callMs }: EarlyStartSettings): Promise<string> {
  if (sandbox === 'docker') return (await services.startToolServer({ warm: 2 })).url;
  const fake = await FakeToolServer.start({
    serviceToken: services.serviceToken,
    canRevoke: true,
    script: ({ callNumber }) => ({ stdout: `${callNumber}\n`, delayMs: callMs }),
  });
  undoLater(() => fake.stop());
  return fake.url;
}

void runTool('early-start', main);
