import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../harness/http-client';
import { residentBytesOf } from '../harness/processes';
import { Services } from '../harness/services';
import { ofTimes } from './measure';
import type { Report } from './report';

/** Numbered, so that a piece that is missing or comes twice shows. */
const WORDS = Array.from({ length: 8 }, (_, place) => `word${place}`).join(' ');
/** Long enough to open all streams and to look at the memory while all wait for their first token. */
const FIRST_BYTE_MS_PER_STREAM = 4;
const SHORTEST_WAIT_MS = 3000;
const MS_PER_TOKEN = 200;
const WARM_UP_STREAMS = 50;
const SETTLING_MS = 1000;
const WAITED_SHARE = 0.8;

/** Many streams through one gateway process at once: whether each gets all of its text, what they cost, what one that waits takes. */
export async function benchStreams(report: Report, count: number): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const delayMs = Math.max(SHORTEST_WAIT_MS, count * FIRST_BYTE_MS_PER_STREAM);
    const reply = { text: WORDS, delayMsPerToken: MS_PER_TOKEN };
    const slowUrl = await services.startFakeVllm([{ ...reply, fault: { kind: 'slow-first-byte', delayMs } }]);
    const toolServerUrl = await services.startFakeToolServer();
    const environment = { MAX_CONCURRENT_TRAJECTORIES: String(count) };
    const { url, program } = await services.startGateway(slowUrl, toolServerUrl, environment);
    const gateway = new HttpClient(url);
    report.progress('  warming up');
    await Promise.all(Array.from({ length: Math.min(WARM_UP_STREAMS, count) }, () => readStream(gateway)));
    await sleep(SETTLING_MS);
    const bytesBefore = residentBytesOf(program.pid);
    const cpuBefore = program.cpuMs();
    const startMs = performance.now();
    report.progress(`  ${count} streams`);
    const reading = Promise.allSettled(Array.from({ length: count }, () => readStream(gateway)));
    await sleep(delayMs * WAITED_SHARE);
    const bytesWaiting = residentBytesOf(program.pid);
    const ends = await reading;
    const seconds = (performance.now() - startMs) / 1000;
    const cpuAfter = program.cpuMs();
    const times = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value.ms] : []));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    report.measured(
      'streams',
      `streams of ${WORDS.split(' ').length} words at once`,
      ofTimes(times, { clients: count, seconds, failures }),
    );
    const cpuMs = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / count;
    const kib = bytesBefore === null || bytesWaiting === null ? null : (bytesWaiting - bytesBefore) / count / 1024;
    const chunks = ends.reduce((sum, end) => sum + (end.status === 'fulfilled' ? end.value.chunks : 0), 0);
    report.found(
      'streams',
      `${count} streams at once on one process: ${failures.length} lost a chunk or failed, ${chunks} chunks; ` +
        `CPU of the gateway ${cpuMs?.toFixed(1) ?? '?'} ms a stream; memory of a trajectory that waits for its first token ${kib?.toFixed(0) ?? '?'} KiB`,
      { streams: count, failed: failures.length, chunks, cpu_ms_per_stream: cpuMs, kib_per_waiting_trajectory: kib },
    );
    await gateway.close();
  } finally {
    await services.stop();
  }
}

/** @throws when the text is not exactly what the engine said */
async function readStream(gateway: HttpClient): Promise<{ readonly ms: number; readonly chunks: number }> {
  const startMs = performance.now();
  const body = { model: 'demo', messages: [{ role: 'user', content: 'Count.' }], stream: true };
  const pieces: Uint8Array[] = [];
  for await (const bytes of await gateway.stream('/v1/chat/completions', body)) pieces.push(bytes);
  const frames = Buffer.concat(pieces)
    .toString('utf8')
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
  const isDone = frames.pop() === '[DONE]';
  const deltas = frames.map((frame) => (JSON.parse(frame) as Chunk).choices?.[0]?.delta?.content ?? '');
  const text = deltas.join('');
  if (!isDone || text !== WORDS) throw new Error(`a stream ${isDone ? 'said' : 'broke off after'} ${JSON.stringify(text.slice(-200))}`);
  return { ms: performance.now() - startMs, chunks: deltas.filter((delta) => delta !== '').length };
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string } }[];
}
