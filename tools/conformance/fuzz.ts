import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadSettings } from '@interleave/settings';
import { undoLater } from '../harness/cleanup';
import { runTool } from '../harness/run-tool';
import { FuzzSettings } from './fuzz.settings';
import { startSystemOnFakes } from './system-on-fakes';

/** An answer that takes longer than this hangs. */
const REQUEST_TIMEOUT_SECONDS = 60;
/** Operations of the document that share the cases. */
const OPERATIONS = 2;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
];

/** Sends what schemathesis makes of the OpenAPI document, valid and not, to the gateway on fakes: no 5xx, no hang, every answer as the document says. */
void runTool('fuzz', async () => {
  const { cases, seed } = loadSettings(FuzzSettings, { argv: process.argv.slice(2) });
  // eslint-disable-next-line no-restricted-properties -- where the Python tools are
  const schemathesis = join(dirname(process.env['OPENAI_PYTHON'] ?? '/usr/bin/python3'), 'schemathesis');
  const system = await startSystemOnFakes();
  const folder = mkdtempSync(join(tmpdir(), 'interleave-fuzz-'));
  const document = join(folder, 'openapi.json');
  writeFileSync(document, JSON.stringify(await documentOf(system.url)));
  const child = spawn(
    schemathesis,
    [
      ...['run', document, '--url', system.url, '--checks', CHECKS.join(',')],
      ...['--include-path-regex', 'completions$', '--phases', 'coverage,fuzzing', '--max-examples', String(Math.ceil(cases / OPERATIONS))],
      ...[
        '--request-timeout',
        String(REQUEST_TIMEOUT_SECONDS),
        '--suppress-health-check',
        'all',
        '--continue-on-failure',
        '--warnings',
        'off',
      ],
      ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ],
    { stdio: 'inherit', cwd: folder },
  );
  const stop = undoLater(async () => {
    child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  const outcomes = await outcomesOf(system.url);
  await stop();
  await system.stop();
  process.stdout.write(`\nPast the parser: ${outcomes.map(({ outcome, count }) => `${count} ${outcome}`).join(', ')}\n`);
  if (status !== 0) throw new Error(`schemathesis ended with ${String(status)}`);
});

/** How the requests ended that were not refused for their form; also a sign that the gateway still lives. */
async function outcomesOf(url: string): Promise<{ readonly outcome: string; readonly count: number }[]> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, outcome = '', count] of metrics.matchAll(/^interleave_request_seconds_count\{.*outcome="(\w+)".*\} (\d+)$/gm)) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + Number(count));
  }
  return [...counts].map(([outcome, count]) => ({ outcome, count }));
}

/** The gateway's own document, in which the model is the one that is served: else nearly every request would end at its name. */
async function documentOf(url: string): Promise<unknown> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
  };
  for (const name of ['ChatCompletionRequest', 'TextCompletionRequest']) {
    const { properties } = document.components.schemas[name] ?? {};
    if (properties) properties['model'] = { enum: ['demo'] };
  }
  return document;
}
