/**
 * Waits until the condition holds and returns what it returned. Looks again every few milliseconds; use it for what happens on the
 * other side of a socket or in another process, never in place of awaiting a promise.
 * @throws Error when it does not hold within the time.
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  timeoutMs = 2_000,
  what = 'the condition did not hold',
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`${what} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
