import 'reflect-metadata';
import { join } from 'node:path';
import { isAppError } from '@interleave/kernel';
import { describeSystem } from './banner';
import { helpText } from './help';
import { preflight } from './preflight';
import { RunningSystem } from './running-system';
import { prepareSandboxImage } from './sandbox-image';
import { settleSandbox } from './settle-sandbox';
import { loadStartSettings } from './start-settings';

/** dist/tools/start/src → the repository */
const ROOT = join(__dirname, '../../../..');

/** Exit status of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(helpText());
    return 0;
  }
  process.chdir(ROOT);
  // eslint-disable-next-line no-restricted-properties -- the one place where the start reads its environment
  const environment = process.env;
  const interrupt = new AbortController();
  const hurry = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) hurry.abort();
      else interrupt.abort();
    });
  }

  const wanted = await loadStartSettings(argv, environment);
  const check = await preflight(wanted);
  const settings = { ...wanted, toolServer: wanted.toolServer && (await settleSandbox(wanted.toolServer)) };
  for (const warning of check?.warnings ?? []) process.stdout.write(`Note: ${warning}\n`);
  if (settings.toolServer?.sandbox === 'docker' && !settings.toolServer.sandboxImage)
    await prepareSandboxImage(settings.toolServer.sandboxTier, interrupt.signal);

  const system = new RunningSystem(ROOT, settings, environment);
  try {
    await system.start(interrupt.signal);
    process.stdout.write(await describeSystem(settings, system.apiUrl, system.logFolder));
    const broken = await Promise.race([system.whenBroken(), whenAborted(interrupt.signal)]);
    if (broken) throw broken.endedError();
    return 0;
  } finally {
    process.stdout.write('\nStopping … (Ctrl-C again: at once)\n');
    await system.stop(hurry.signal);
    process.stdout.write('Stopped.\n');
  }
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    if (error instanceof Error && error.name === 'AbortError') process.exit(INTERRUPTED);
    if (!isAppError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
