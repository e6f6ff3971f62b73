import { FakeTokenizer } from '@interleave/testing';
import { Services } from '../../harness/services';
import type { Report } from '../report';
import { compareStreams } from './stream-ways';

export interface PacedOptions {
  readonly rounds: number;
  readonly streams: number;
  /** Of each stream and turn. */
  readonly tokens: number;
}

const TOKENS_PER_SECOND = 50;
const START_GAP_MS = 10;
const WARM_UP_TOKENS = 25;
/** Numbered, so that a piece that is missing or comes twice shows. */
const TEXT = Array.from({ length: 1000 }, (_, place) => `${place}`).join(' ');

/** Streams of an engine that keeps its pace, each sequence with its own beat, and all of them in step as those of one batch are. */
export async function benchPaced(report: Report, { rounds, streams, tokens }: PacedOptions): Promise<void> {
  const tokenizer = new FakeTokenizer();
  const expectedText = tokenizer.decode(tokenizer.encode(TEXT).slice(0, tokens));
  for (const isInStep of [false, true]) {
    const services = new Services((line) => report.progress(line));
    try {
      const script = { rules: [{ end: '', reply: { text: TEXT, finish: 'endless' } }] };
      const pace = ['--tokens-per-second', String(TOKENS_PER_SECOND), ...(isInStep ? ['--in-step'] : [])];
      const engine = await services.startScriptedVllm(script, pace);
      const gateway = await services.startGateway(engine.url, await services.startFakeToolServer());
      await compareStreams(
        {
          part: 'paced',
          what: `${TOKENS_PER_SECOND} tokens a second, ${isInStep ? 'all in step' : 'each with its own beat'}`,
          rounds,
          streams,
          tokens,
          startGapMs: START_GAP_MS,
          warmUpTokens: WARM_UP_TOKENS,
          expectedText,
          body: { model: 'demo', prompt: 'Count.', stream: true, stream_options: { include_usage: true } },
          engineUrl: engine.url,
          engineKey: null,
          gatewayUrl: gateway.url,
          engineCpu: () => engine.program.cpuMs(),
          gatewayCpu: () => gateway.program.cpuMs(),
        },
        services,
        report,
      );
    } finally {
      await services.stop();
    }
  }
}
