import { caseWorkers, checkTrajectory, fakeCheckingTokenizer, loadTurnLoopCases, recordedRounds } from '@interleave/testing';
import type { TrajectoryResponse } from '@interleave/testing';
import { GatewayUnderTest } from './support/gateway-under-test';

describe('golden vectors of the turn loop, against the fake', () => {
  it.each(loadTurnLoopCases('fake'))('$name: $rule', async (goldenCase) => {
    const gateway = await GatewayUnderTest.start({ workers: caseWorkers(goldenCase), tools: { script: goldenCase.executions } });
    try {
      const response = (await (await gateway.post(goldenCase.endpoint, goldenCase.request)).json()) as TrajectoryResponse;
      expect(response).not.toHaveProperty('error');
      const rounds = recordedRounds(gateway.workers);
      expect(await checkTrajectory({ goldenCase, engine: 'fake', response, tokenizer: fakeCheckingTokenizer(), rounds })).toEqual([]);
      expect(gateway.tools.executions).toHaveLength(goldenCase.executions.length);
    } finally {
      await gateway.stop();
    }
  });
});
