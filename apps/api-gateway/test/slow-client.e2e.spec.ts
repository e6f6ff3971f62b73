import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@interleave/testing';
import { GatewayUnderTest, QUESTION } from './support/gateway-under-test';

/** With their likeliest tokens these are tens of megabytes: more than all the sockets on the way hold. */
const TOKENS = 16_000;

describe('a client that reads slower than the model writes', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({ workers: [{ script: [], maxModelLen: 2 * TOKENS }] });
  });
  afterAll(() => gateway.stop());

  /** Starts a streamed answer of which nothing is read yet. */
  async function startAnswer(): Promise<IncomingMessage> {
    gateway.worker.play([{ text: 'word ', finish: 'endless' }]);
    const asked = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' } });
    const body = { model: 'demo', messages: QUESTION, max_tokens: TOKENS, stream: true, logprobs: true, top_logprobs: 20 };
    asked.end(JSON.stringify({ ...body, interleave: { max_turns: 0 } }));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response;
  }

  const written = (): number => gateway.worker.calls.at(-1)?.choices[0]?.sentIds.length ?? 0;

  /** Waits until the worker can't get rid of anything any more. @returns how many tokens it got rid of */
  async function untilHeldUp(): Promise<number> {
    await waitUntil(async () => {
      const before = written();
      await sleep(300);
      return before > 0 && written() === before;
    }, 15_000);
    return written();
  }

  it('holds up the worker, and gets everything in the end', async () => {
    const response = await startAnswer();
    const heldUpAt = await untilHeldUp();
    let text = '';
    response.setEncoding('utf8');
    for await (const piece of response) text += piece as string;
    const frames = text.split('\n\n').filter((frame) => frame.startsWith('data: {'));
    const tokens = frames.flatMap((frame) => {
      const { choices } = JSON.parse(frame.slice(6)) as { choices: { logprobs: { content: unknown[] } | null }[] };
      return choices[0]?.logprobs?.content ?? [];
    });

    expect(heldUpAt).toBeLessThan(TOKENS);
    expect(tokens).toHaveLength(TOKENS);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  }, 60_000);

  it('may leave while the worker is held up, and nothing goes on there', async () => {
    const response = await startAnswer();
    await untilHeldUp();
    response.destroy();

    await waitUntil(() => gateway.worker.running === 0, 5000);
  }, 60_000);
});
