import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStream } from './read-stream';
import type { StreamTimes } from './read-stream';
import { readingOf } from './reading-of';
import type { StreamPlan } from './stream-plan';

/**
 * Reads streams as the plan in its argument says and writes what it found to a file. A process of its own: its work disturbs neither the bench nor, beyond
 * the core that it shares, what is measured.
 */
async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '') as StreamPlan;
  const agent = new Agent({ keepAlive: true });
  const warmUp = plan.warmUpTokens > 0 ? await readAll(plan, plan.warmUpTokens, agent) : { streams: [], failures: [] };
  const before = process.cpuUsage();
  const { streams, failures } = await readAll(plan, plan.tokens, agent);
  const { user, system } = process.cpuUsage(before);
  const allTokens = [...warmUp.streams, ...streams].reduce((sum, { tokens }) => sum + (tokens ?? 0), 0);
  const reading = readingOf(streams, [...warmUp.failures, ...failures], { allTokens, cpuMs: (user + system) / 1000 });
  writeFileSync(plan.resultFile, JSON.stringify(reading));
  agent.destroy();
}

async function readAll(
  plan: StreamPlan,
  tokens: number,
  agent: Agent,
): Promise<{ readonly streams: readonly StreamTimes[]; readonly failures: readonly string[] }> {
  const body = { ...plan.body, max_tokens: tokens, min_tokens: tokens };
  const ends = await Promise.allSettled(
    Array.from({ length: plan.streams }, async (_, place) => {
      await sleep(place * plan.startGapMs);
      const stream = await readStream(plan.url, body, plan.apiKey, agent);
      if (stream.tokens !== tokens) throw new Error(`a stream had ${stream.tokens} tokens in place of ${tokens}`);
      if (!isExpected(stream.text, tokens, plan)) throw new Error(`a stream said ${JSON.stringify(stream.text.slice(0, 200))}`);
      return stream;
    }),
  );
  return {
    streams: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
    failures: ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : [])),
  };
}

/** The whole of it, or the start of it where there are fewer tokens. */
function isExpected(text: string, tokens: number, { expectedText, tokens: all }: StreamPlan): boolean {
  if (expectedText === null) return true;
  return tokens === all ? text === expectedText : expectedText.startsWith(text);
}

void main();
