import {
  caseWorkers,
  checkTrajectory,
  fakeCheckingTokenizer,
  loadTurnLoopCases,
  recordedRounds,
  type TrajectoryResponse,
} from '@interleave/testing';
import { GatewayUnderTest } from './support/gateway-under-test';

describe('golden', () => {
  it.each(loadTurnLoopCases('fake'))('$name', async (goldenCase) => {
    const gateway = await GatewayUnderTest.start({ workers: caseWorkers(goldenCase), tools: { script: goldenCase.executions } });
    try {
      const response = await gateway.post(goldenCase.endpoint, goldenCase.request);
      const body = (await response.json()) as TrajectoryResponse;
      expect(body).not.toHaveProperty('error');
      const violations = await checkTrajectory({
        goldenCase,
        engine: 'fake',
        response: body,
        tokenizer: fakeCheckingTokenizer(),
        rounds: recordedRounds(gateway.workers),
      });
      expect(violations).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });
});
