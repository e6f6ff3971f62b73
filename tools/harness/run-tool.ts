import { isAppError } from '@interleave/kernel';
import { isInterrupted, undoEverything, undoOnSignals } from './cleanup';

/** Runs a tool to its end: status 2 for wrong parameters, 1 for any other failure, and what Ctrl-C leaves to do is done first. */
export async function runTool(name: string, main: () => Promise<void>): Promise<never> {
  undoOnSignals();
  try {
    await main();
  } catch (error) {
    if (!isInterrupted()) process.stderr.write(`\n${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isAppError(error) && error.code === 'invalid_settings' ? 2 : 1;
  }
  // What is being cleaned up ends the process when that is done.
  if (isInterrupted()) return new Promise<never>(() => undefined);
  // What failed in the middle has left things running.
  await undoEverything();
  // Connections that are kept alive would keep the process, too.
  process.exit();
}
