import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { undoLater } from '../harness/cleanup';
import { runTool } from '../harness/run-tool';
import { conformanceTable } from './conformance-table';
import type { CheckResult } from './conformance-table';
import { startSystemsOnFakes } from './system-on-fakes';
import type { SystemsOnFakes } from './system-on-fakes';

const CLIENTS = join(__dirname, '../../../tools/conformance/clients');
const CLIENT_TIMEOUT_MS = 120_000;

void runTool('conformance', async () => {
  // eslint-disable-next-line no-restricted-properties -- where the Python clients are
  const python = process.env['OPENAI_PYTHON'] ?? 'python3';
  const system = await startSystemsOnFakes();
  const results = [
    ...(await checksOf(process.execPath, 'openai-node.mjs', system)),
    ...(await checksOf(python, 'openai_python.py', system)),
    ...(await checksOf(python, 'langchain_openai_client.py', system)),
    ...(await checksOf(process.execPath, 'vercel-ai.mjs', system)),
  ];
  await system.stop();
  const failed = results.filter(({ failure }) => failure !== null);
  process.stdout.write(`${conformanceTable(results)}\n`);
  for (const { client, check, failure } of failed) process.stdout.write(`failed: ${client}, ${check}: ${failure}\n`);
  process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
});

/** One client's program and what it reports, a line of JSON for each check. A program that fails as a whole is one failed check. */
async function checksOf(program: string, script: string, { url, hermesUrl, nativeUrl }: SystemsOnFakes): Promise<CheckResult[]> {
  const child = spawn(program, [join(CLIENTS, script), url, hermesUrl, nativeUrl], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CLIENT_TIMEOUT_MS,
  });
  undoLater(async () => void child.kill('SIGKILL'));
  const exited = once(child, 'exit').catch((error: Error) => [error.message]);
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  const results = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CheckResult);
  if (status === 0 && results.length > 0) return results;
  return [
    ...results,
    { client: script, check: 'the program as a whole', failure: `it ended with ${String(status)}: ${errors.slice(-2000)}` },
  ];
}
