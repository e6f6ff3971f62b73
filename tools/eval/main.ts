import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import { loadSettings } from '@interleave/settings';
import { AskService } from './ask-service';
import { parseDataset } from './dataset';
import { EvalSettings } from './eval.settings';
import { progressLine } from './progress-bar';
import type { Progress } from './progress-bar';
import { runEval } from './run-eval';

const ROOT = join(__dirname, '../../..');
/** Where nobody watches, a line now and then is enough. */
const LINE_EVERY_MS = 5000;
const SHOWN_FAILURES = 10;

/** Ctrl-C ends it in order; the same command goes on where it stopped. */
async function main(): Promise<number> {
  const settings = loadSettings(EvalSettings, {
    argv: process.argv.slice(2),
    // eslint-disable-next-line no-restricted-properties -- the one place where this program reads its environment
    environment: { API_KEY: process.env['API_KEY'] },
  });
  if (settings.dataset === '') throw new AppError('invalid_settings', 'Name the data set: npm run eval -- --dataset questions.jsonl');
  if (!existsSync(settings.dataset)) throw new AppError('invalid_settings', `There is no file ${settings.dataset}.`);
  const questions = parseDataset(readFileSync(settings.dataset, 'utf8'), settings.endpoint);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const service = new AskService({
    url: (settings.url ?? runningUrl()).replace(/\/$/, ''),
    apiKey: settings.apiKey,
    attempts: settings.attempts,
    timeoutMs: settings.timeout * 1000,
  });
  const model = settings.model ?? (await service.models(interrupt.signal))[0];
  if (model === undefined) throw new AppError('no_worker', 'No model is served yet: wait until npm start says that it is ready.');
  const show = progressWriter();
  const plan = { ...settings, questions, body: { ...bodyOf(settings.body), model } };
  const { progress, failures } = await runEval(plan, service, show, interrupt.signal);
  await service.close();
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${progressLine(progress)}\n`);
  for (const { id, sample, reason } of failures.slice(0, SHOWN_FAILURES)) process.stderr.write(`failed: ${id} #${sample}: ${reason}\n`);
  process.stdout.write(`${settings.out}\n`);
  if (interrupt.signal.aborted) process.stderr.write('Interrupted: the same command goes on from here.\n');
  if (failures.length > 0) process.stderr.write(`${failures.length} failed: the same command asks them again.\n`);
  return interrupt.signal.aborted ? 130 : Math.min(failures.length, 1);
}

function progressWriter(): (progress: Progress) => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progressLine(progress)}`);
    else if (progress.elapsedMs - lastAt >= LINE_EVERY_MS) {
      lastAt = progress.elapsedMs;
      process.stderr.write(`${progressLine(progress)}\n`);
    }
  };
}

function bodyOf(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch (_notJson) {
    // The sentence below says what is wanted.
  }
  throw new AppError('invalid_settings', '--body must be a JSON object, such as {"temperature": 0}.');
}

/** Where npm start said that it listens. */
function runningUrl(): string {
  const path = join(ROOT, '.interleave/running.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { url: string }).url : 'http://127.0.0.1:8000/v1';
}

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    process.stderr.write(`eval: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
