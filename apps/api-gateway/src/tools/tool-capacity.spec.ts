import type { Capabilities } from '@interleave/contracts';
import type { PinoLogger } from 'nestjs-pino';
import { ToolCapacity } from './tool-capacity';
import type { ToolServerClient } from './tool-server-client';

const log = { warn: () => undefined } as unknown as PinoLogger;

/** What was heard of sessions when the gateway had started. */
async function heardAtStart(capabilities: () => Promise<Pick<Capabilities, 'sessions'>>): Promise<number[]> {
  const heard: number[] = [];
  const capacity = new ToolCapacity({ capabilities } as unknown as ToolServerClient, (max) => heard.push(max), log);
  await capacity.onApplicationBootstrap();
  await capacity.onApplicationShutdown();
  return heard;
}

describe('how many sessions there are', () => {
  it('is known when the gateway starts, also where the answer takes a moment', async () => {
    const answer = { sessions: { max: 3, active: 0, waiting: 0 } };
    expect(await heardAtStart(() => new Promise((resolve) => setTimeout(() => resolve(answer), 20)))).toEqual([3]);
  });

  it('does not keep the gateway from starting while the tool server is away', async () => {
    expect(await heardAtStart(() => Promise.reject(new Error('refused')))).toEqual([]);
  });
});
