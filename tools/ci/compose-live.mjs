// The system as `docker compose up` starts it: built, started, asked one question with a tool call, taken down, nothing left.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { askQuestion } from './ask-question.mjs';
import { freePort } from './free-port.mjs';
import { runLiveCheck, waitUntil } from './live-check.mjs';
import { ROOT } from './repository.mjs';
import { runProgram } from './run-program.mjs';
import { sandboxContainers } from './sandbox-containers.mjs';

const PROJECT = 'interleave-ci';
const MINUTE_MS = 60_000;

const port = await freePort();
const sandboxesBefore = sandboxContainers();
let sandboxes = new Set();

/** @param {readonly string[]} args */
async function compose(...args) {
  const { status } = await runProgram('docker', ['compose', '--project-name', PROJECT, ...args], {
    cwd: ROOT,
    env: { ...process.env, API_HOST: '127.0.0.1', API_PORT: String(port), SANDBOX_POOL_SIZE: '2' },
    timeoutMs: 10 * MINUTE_MS,
  });
  if (status !== 0) throw new Error(`docker compose ${args[0]} ended with ${status}.`);
}

const ours = (what, ...flags) =>
  execFileSync('docker', [what, 'ls', ...flags, '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`], {
    encoding: 'utf8',
  });

await runLiveCheck(
  async () => {
    await compose('build', '--quiet');
    await compose('up', '--detach', '--wait', '--wait-timeout', '600', '--quiet-pull');
    await askQuestion(`http://127.0.0.1:${port}`);
    sandboxes = new Set([...sandboxContainers()].filter((id) => !sandboxesBefore.has(id)));
    assert.ok(sandboxes.size > 0, 'The tool server must have made sandboxes.');
    const ports = execFileSync('docker', ['ps', '--format', '{{.Ports}}', '--filter', `label=com.docker.compose.project=${PROJECT}`], {
      encoding: 'utf8',
    });
    assert.deepEqual(ports.match(/\S+->\S+/g), [`127.0.0.1:${port}->8000/tcp`], 'Clients must reach the gateway and nothing else.');
  },
  async () => {
    if (process.exitCode) await compose('logs', '--tail', '40');
    await compose('down', '--volumes', '--timeout', '60');
    assert.equal(ours('container', '--all') + ours('network') + ours('volume'), '', 'compose down must leave nothing.');
    const isGone = async () => ![...sandboxContainers()].some((id) => sandboxes.has(id));
    await waitUntil(isGone, 20_000, 'the sandboxes of the tool server are gone');
    console.log(`Down: no container, network or volume left; ${sandboxes.size} sandboxes removed.`);
  },
);
