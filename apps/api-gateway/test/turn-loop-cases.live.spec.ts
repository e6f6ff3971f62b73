import { checkTrajectory, loadTurnLoopCases, waitUntil, workerCheckingTokenizer } from '@interleave/testing';
import type { CaseEngine, CheckingTokenizer, TrajectoryResponse } from '@interleave/testing';
import { GatewayUnderTest } from './support/gateway-under-test';
import { startLlamaWorker } from './support/real-worker';
import type { RealWorker } from './support/real-worker';

/** The same file of cases as against the fake; what tools answer is scripted, what the model says is its own. */
function goldenVectors(engine: CaseEngine, startWorker: () => Promise<RealWorker>): void {
  let worker: RealWorker;
  let gateway: GatewayUnderTest;
  let tokenizer: CheckingTokenizer;

  beforeAll(async () => {
    worker = await startWorker();
    gateway = await GatewayUnderTest.start({ workers: [], environment: { WORKER_URLS: worker.url, EXTERNAL_WORKER_KEY: worker.apiKey } });
    await waitUntil(async () => (await fetch(`${gateway.url}/ready`)).ok, 30_000);
    tokenizer = await workerCheckingTokenizer(worker.url, worker.apiKey);
  }, 120_000);
  afterAll(async () => {
    await gateway?.stop();
    await worker?.stop();
  });

  it.each(loadTurnLoopCases(engine))('$name: $rule', async (goldenCase) => {
    gateway.tools.play(goldenCase.executions);

    const response = (await (await gateway.post(goldenCase.endpoint, goldenCase.request)).json()) as TrajectoryResponse;

    expect(response).not.toHaveProperty('error');
    expect(await checkTrajectory({ goldenCase, engine, response, tokenizer, rounds: null })).toEqual([]);
  });
}

describe('golden vectors of the turn loop, against llama-worker', () => goldenVectors('llama-worker', startLlamaWorker));

const vllmUrl = process.env['GOLDEN_VLLM_URL'];
if (!vllmUrl)
  process.stderr.write('skipped: golden vectors against vLLM. Set GOLDEN_VLLM_URL to a vLLM that serves models/demo as "demo".\n');
(vllmUrl ? describe : describe.skip)('golden vectors of the turn loop, against vLLM', () =>
  goldenVectors('vllm', () =>
    Promise.resolve({ url: vllmUrl ?? '', apiKey: process.env['GOLDEN_VLLM_KEY'] ?? '', stop: () => Promise.resolve() }),
  ),
);
