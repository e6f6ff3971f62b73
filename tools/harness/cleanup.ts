const TIMEOUT_MS = 60_000;

const pending = new Set<() => Promise<unknown>>();
let isEnding = false;

/** Something to be undone, also when the run is interrupted. Call what it returns to undo it, once. */
export function undoLater(undo: () => Promise<unknown>): () => Promise<void> {
  const once = async (): Promise<void> => {
    if (pending.delete(once)) await undo();
  };
  pending.add(once);
  return once;
}

/** Ctrl-C and SIGTERM undo, newest first, what is still to be undone, and end the process; a second one ends it at once. */
export function undoOnSignals(): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (isEnding) process.exit(status);
      isEnding = true;
      process.stderr.write(`\n${signal}: cleaning up\n`);
      setTimeout(() => process.exit(status), TIMEOUT_MS).unref();
      void undoEverything().finally(() => process.exit(status));
    });
  }
}

/** A run that takes longer than this is given up as if it had been interrupted. */
export function endAfter(minutes: number): void {
  setTimeout(() => {
    process.stderr.write(`\nNot done after ${minutes} minutes: given up.\n`);
    process.kill(process.pid, 'SIGTERM');
  }, minutes * 60_000).unref();
}

export function isInterrupted(): boolean {
  return isEnding;
}

/** Undoes, newest first, what is still to be undone. */
export async function undoEverything(): Promise<void> {
  for (const undo of [...pending].reverse()) {
    await undo().catch((error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`));
  }
}
