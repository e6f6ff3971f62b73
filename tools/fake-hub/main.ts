import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, selectedEnvironment } from '@interleave/settings';
import { FakeHub } from '@interleave/testing';
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
    models,
  } = loadSettings(FakeHubSettings, { argv: process.argv.slice(2), environment });
  const hub = await FakeHub.start({ token, namespaces, partBytes }, port);
  for (const model of models) {
    const [, name = '', folder = ''] = /^([^=]+)=(.+)$/.exec(model) ?? [];
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    await hub.publish(name, Object.fromEntries(files.map((entry) => [entry.name, readFileSync(join(folder, entry.name))])));
  }
  hub.strike(...faults);
  process.stdout.write(`${hub.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void hub.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`fake-hub: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
