import { loadSettings, selectedEnvironment } from '@interleave/settings';
import { FakeHub } from './fake-hub';
import { FakeHubSettings } from './fake-hub.settings';

/** Serves until SIGTERM or SIGINT; the first line on stdout is its URL. */
async function main(): Promise<void> {
  const environment = selectedEnvironment((name) => name === 'HF_TOKEN');
  const {
    port,
    hfToken: token,
    namespaces,
    partBytes,
    faults,
  } = loadSettings(FakeHubSettings, { argv: process.argv.slice(2), environment });
  const hub = await FakeHub.start({ token, namespaces, partBytes }, port);
  hub.strike(...faults);
  process.stdout.write(`${hub.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void hub.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`fake-hub: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
