import { waitUntil } from '@interleave/testing';
import { ANSWER, GatewayUnderTest, QUESTION } from './support/gateway-under-test';

describe('a gateway that is told to end', () => {
  async function startAnswer(drainSeconds: string, delayMsPerToken: number) {
    const gateway = await GatewayUnderTest.start({ environment: { DRAIN_TIMEOUT: drainSeconds } });
    gateway.worker.play(() => ({ text: ANSWER, delayMsPerToken }));
    const answer = gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION }).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as { choices?: { message: { content: string } }[]; error?: { code: string } },
    }));
    await waitUntil(() => gateway.worker.running === 1, 5000);
    return { gateway, answer };
  }

  it('lets in nobody new, and finishes what runs', async () => {
    const { gateway, answer } = await startAnswer('20', 40);
    const stopped = gateway.stop();
    await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).status === 503, 3000);
    const refused = await gateway.post('/v1/chat/completions', { model: 'demo', messages: QUESTION });
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'draining' } }]);
    expect(refused.headers.get('retry-after')).not.toBeNull();

    expect(await answer).toMatchObject({ status: 200, body: { choices: [{ message: { content: ANSWER } }] } });
    await stopped;
  });

  it('gives up what takes longer than the drain time, and leaves nothing running at the worker', async () => {
    const { gateway, answer } = await startAnswer('0.2', 5000);
    const stopped = gateway.stop();

    expect(await answer.catch((error: unknown) => error)).toEqual(
      expect.objectContaining({ status: 503, body: { error: expect.objectContaining({ code: 'draining' }) as unknown } }),
    );
    await stopped;
    await waitUntil(() => gateway.worker.running === 0, 3000);
  });
});
