const TICK_MS = 5_000;

/** Long work says what it does and for how long. */
export async function withProgress<Result>(title: string, work: (report: (detail: string) => void) => Promise<Result>): Promise<Result> {
  const startedAt = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  let detail = '';
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const ticker = setInterval(() => print(`  ${title} … ${seconds()}${detail ? ` (${detail})` : ''}`), TICK_MS);
  try {
    const result = await work((next) => {
      detail = next;
    });
    print(`✓ ${title}: ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
