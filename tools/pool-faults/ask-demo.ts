import { readJsonEvents } from '@interleave/testing';
import { Agent, request } from 'undici';
import type { KnownQuestion } from './known-question';
import type { WeighedToken } from './wavering';

/** Longer than any worker takes to come back. */
const TIMEOUT_MS = 15 * 60_000;

export interface Answer {
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** Of a streamed answer: the longest time without a word, the one before the first included. */
  readonly silentMs: number | null;
  /** Programs that ran for it, as it says itself. */
  readonly calls: number;
  readonly text: string;
  /** Why there is no answer, in a sentence. */
  readonly failure: string | null;
}

interface Interleave {
  readonly tool_calls?: number;
  readonly stop_cause?: string;
}
interface PlainBody {
  readonly choices: readonly {
    readonly message: { readonly content: string };
    readonly finish_reason: string;
    readonly interleave: Interleave;
    readonly logprobs?: { readonly content: readonly WeighedToken[] } | null;
  }[];
}
interface Chunk {
  readonly error?: { readonly message: string };
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly text?: string;
    readonly finish_reason: string | null;
    readonly interleave?: Interleave;
  }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

/** Asks the gateway, as a client does that never asks twice. */
export class AskDemo {
  private readonly agent = new Agent({ connections: null, headersTimeout: 0, bodyTimeout: 0 });

  constructor(private readonly url: string) {}

  async ask({ text }: KnownQuestion, isStreamed: boolean): Promise<Answer> {
    const body = { model: 'demo', temperature: 0, stream: isStreamed, messages: [{ role: 'user', content: text }] };
    return isStreamed ? this.streamed('/v1/chat/completions', body) : this.plain(body);
  }

  /** The same answer, and how near the model was at each of its tokens to another one. */
  async weighed({
    text,
  }: KnownQuestion): Promise<{ readonly text: string; readonly calls: number; readonly tokens: readonly WeighedToken[] }> {
    const messages = [{ role: 'user', content: text }];
    const response = await this.post('/v1/chat/completions', { model: 'demo', temperature: 0, logprobs: true, top_logprobs: 5, messages });
    const { choices } = (await response.body.json()) as PlainBody;
    const [choice] = choices;
    return {
      text: choice?.message.content ?? '',
      calls: choice?.interleave.tool_calls ?? 0,
      tokens: choice?.logprobs?.content ?? [],
    };
  }

  /** Streams so many tokens that have no end of their own. */
  async endless(tokens: number, onBegun: () => void): Promise<Answer & { readonly tokens: number }> {
    let counted = 0;
    const body = {
      model: 'demo',
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
      prompt: 'What is 2 + 2?',
      max_tokens: tokens,
      ignore_eos: true,
      interleave: { max_turns: 0 },
    };
    const answer = await this.streamed('/v1/completions', body, (chunk) => {
      if (chunk.choices?.[0]?.text) onBegun();
      counted = chunk.usage?.completion_tokens ?? counted;
    });
    return { ...answer, tokens: counted };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async plain(body: object): Promise<Answer> {
    const startedAtMs = performance.now();
    const ended = (fields: Partial<Answer>): Answer => ({
      startedAtMs,
      tookMs: performance.now() - startedAtMs,
      silentMs: null,
      calls: 0,
      text: '',
      failure: null,
      ...fields,
    });
    try {
      const response = await this.post('/v1/chat/completions', body);
      const text = await response.body.text();
      if (response.statusCode !== 200) return ended({ failure: `${response.statusCode} ${text.slice(0, 300)}` });
      const [choice] = (JSON.parse(text) as PlainBody).choices;
      return ended({
        text: choice?.message.content ?? '',
        calls: choice?.interleave.tool_calls ?? 0,
        failure:
          choice?.finish_reason === 'stop'
            ? null
            : `finish_reason is ${choice?.finish_reason} (${choice?.interleave.stop_cause}) after: ${choice?.message.content}`,
      });
    } catch (error) {
      return ended({ failure: sentenceOf(error) });
    }
  }

  private async streamed(path: string, body: object, onChunk: (chunk: Chunk) => void = () => undefined): Promise<Answer> {
    const startedAtMs = performance.now();
    let lastWordMs = startedAtMs;
    let silentMs = 0;
    let text = '';
    let calls = 0;
    let finish: string | null = null;
    let stopCause = '';
    const ended = (failure: string | null): Answer => ({
      startedAtMs,
      tookMs: performance.now() - startedAtMs,
      silentMs,
      calls,
      text,
      failure,
    });
    try {
      const response = await this.post(path, body);
      if (response.statusCode !== 200) return ended(`${response.statusCode} ${(await response.body.text()).slice(0, 300)}`);
      for await (const chunk of readJsonEvents<Chunk>(response)) {
        if (chunk.error) return ended(`in mid-stream: ${chunk.error.message}`);
        onChunk(chunk);
        const [choice] = chunk.choices ?? [];
        stopCause = choice?.interleave?.stop_cause ?? stopCause;
        const word = choice?.delta?.content ?? choice?.text ?? '';
        if (word !== '') {
          silentMs = Math.max(silentMs, performance.now() - lastWordMs);
          lastWordMs = performance.now();
        }
        text += word;
        finish = choice?.finish_reason ?? finish;
        calls = choice?.interleave?.tool_calls ?? calls;
      }
      if (finish === null) return ended('the stream ended without a last word');
      return ended(finish === 'stop' || path === '/v1/completions' ? null : `finish_reason is ${finish} (${stopCause}) after: ${text}`);
    } catch (error) {
      return ended(sentenceOf(error));
    }
  }

  private post(path: string, body: object) {
    return request(this.url + path, {
      method: 'POST',
      dispatcher: this.agent,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
