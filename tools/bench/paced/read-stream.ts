import { request } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';

export interface StreamTimes {
  readonly startMs: number;
  /** When text came, frame by frame. */
  readonly frameMs: readonly number[];
  readonly endMs: number;
  readonly text: string;
  /** As the server counted them; null when it did not say. */
  readonly tokens: number | null;
}

interface Frame {
  readonly choices?: readonly { readonly text?: string }[];
  readonly usage?: { readonly completion_tokens: number } | null;
  readonly error?: unknown;
}

const END = '[DONE]';
const SILENCE_MS = 60_000;

/** One streamed completion, with the time at which each piece of it came. @throws when it is not complete */
export async function readStream(url: string, body: object, apiKey: string | null, agent: Agent): Promise<StreamTimes> {
  const startMs = performance.now();
  const response = await post(url, JSON.stringify(body), apiKey, agent);
  const frameMs: number[] = [];
  let [text, rest, isDone] = ['', '', false];
  let tokens: number | null = null;
  for await (const piece of response as AsyncIterable<string>) {
    const nowMs = performance.now();
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const data = line.slice('data: '.length);
      if (data === END) {
        isDone = true;
        continue;
      }
      const { choices, usage, error } = JSON.parse(data) as Frame;
      if (error !== undefined) throw new Error(data.slice(0, 300));
      const said = choices?.[0]?.text ?? '';
      if (said !== '') frameMs.push(nowMs);
      text += said;
      tokens = usage?.completion_tokens ?? tokens;
    }
  }
  if (!isDone) throw new Error(`a stream ended without ${END} after ${JSON.stringify(text.slice(-100))}`);
  return { startMs, frameMs, endMs: performance.now(), text, tokens };
}

function post(url: string, text: string, apiKey: string | null, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    const sent = request(url, { method: 'POST', headers, agent, timeout: SILENCE_MS }, (response) => {
      response.setEncoding('utf8');
      if (response.statusCode === 200) return resolve(response);
      let answer = '';
      response.on('data', (piece: string) => (answer += piece));
      response.on('end', () => reject(new Error(`${url} answered ${response.statusCode}: ${answer.slice(0, 300)}`)));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${url} was silent for ${SILENCE_MS} ms`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
