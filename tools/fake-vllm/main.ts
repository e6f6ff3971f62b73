import { readFileSync } from 'node:fs';
import { isAppError } from '@interleave/kernel';
import { loadSettings } from '@interleave/settings';
import { demoScript, failing, FakeVllm, parseFaults, parseScript } from '@interleave/testing';
import { FakeVllmSettings } from './fake-vllm.settings';

/** Serves until SIGTERM or SIGINT; the first line on stdout is its URL. */
async function main(): Promise<void> {
  const settings = loadSettings(FakeVllmSettings, {
    argv: process.argv.slice(2),
    // eslint-disable-next-line no-restricted-properties -- the one place where this program reads its environment
    environment: { API_KEY: process.env['API_KEY'] },
  });
  const script = settings.script === undefined ? demoScript : parseScript(readFileSync(settings.script, 'utf8'));
  const fake = await FakeVllm.start(
    {
      script: settings.faults === undefined ? script : failing(script, parseFaults(settings.faults), settings.faultEvery),
      servedNames: [settings.model],
      maxModelLen: settings.maxModelLen,
      delayMsPerToken: settings.tokensPerSecond === 0 ? 0 : 1000 / settings.tokensPerSecond,
      isInStep: settings.inStep,
      isRecording: false,
      hasSleepMode: settings.enableSleepMode,
      ...(settings.apiKey === undefined ? {} : { apiKey: settings.apiKey }),
    },
    settings.port,
  );
  process.stdout.write(`${fake.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void fake.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`fake-vllm: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isAppError(error) && error.code === 'invalid_settings' ? 2 : 1;
});
