/**
 * Runs a check that starts something big: whatever happens, also Ctrl-C, what it started is cleaned up. Sets the exit status.
 * @param {() => Promise<void>} check throws with a sentence when something is wrong
 * @param {() => Promise<void>} cleanUp
 */
export async function runLiveCheck(check, cleanUp) {
  const interrupted = new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
  });
  try {
    await Promise.race([check(), interrupted]);
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED: ${error.message}`);
  }
  try {
    await cleanUp();
  } catch (error) {
    process.exitCode = 1;
    console.error(`FAILED while cleaning up: ${error.message}`);
  }
  // A check that was interrupted may still wait for something.
  process.exit(process.exitCode ?? 0);
}

/** @param {() => Promise<boolean>} condition @param {number} timeoutMs @param {string} what for the error */
export async function waitUntil(condition, timeoutMs, what) {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`After ${timeoutMs / 1000} s still not: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
