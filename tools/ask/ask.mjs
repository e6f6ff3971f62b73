// `npm run ask -- "question"`: asks the running system over the OpenAI SDK and shows text, code and output as they come.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const USAGE =
  'Usage: npm run ask -- "What is 123 * 456?" [--model name] [--url http://127.0.0.1:8000/v1] [--system text] [--temperature 0]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    url: { type: 'string' },
    system: { type: 'string' },
    temperature: { type: 'string', default: '0' },
  },
});
const question = positionals.join(' ').trim();
if (question === '') exitWith(USAGE, 2);

const OpenAI = await import('openai').then(
  (module) => module.default,
  () => exitWith('Start the system first: npm start', 1),
);
const client = new OpenAI({
  baseURL: values.url ?? process.env.OPENAI_BASE_URL ?? runningUrl(),
  apiKey: process.env.API_KEY ?? 'any',
  maxRetries: 0,
});
const paint = process.stdout.isTTY ? (code, text) => `\x1b[${code}m${text}\x1b[0m` : (_code, text) => text;
const abort = new AbortController();
process.once('SIGINT', () => abort.abort());

try {
  const model =
    values.model ??
    (await client.models.list()).data[0]?.id ??
    exitWith('No model is served yet: wait until npm start says that it is ready.', 1);
  const messages = [...(values.system ? [{ role: 'system', content: values.system }] : []), { role: 'user', content: question }];
  const stream = await client.chat.completions.create(
    { model, messages, stream: true, temperature: Number(values.temperature) },
    { signal: abort.signal },
  );
  let calls = 0;
  let cause = '';
  for await (const chunk of stream) {
    const [choice] = chunk.choices;
    if (!choice) continue;
    if (choice.delta.content) process.stdout.write(choice.delta.content);
    const event = choice.interleave;
    if (event?.event === 'tool-start') process.stdout.write(paint(2, ` ⟵ running in the sandbox …`));
    if (event?.event === 'tool-end') {
      calls += 1;
      process.stdout.write(paint(2, ` ${event.status}, ${event.wall_ms.toFixed(1)} ms`));
    }
    if (choice.finish_reason) cause = event?.stop_cause ?? choice.finish_reason;
  }
  process.stdout.write(paint(2, `\n(${calls} ${calls === 1 ? 'tool call' : 'tool calls'}, ended by ${cause})\n`));
} catch (error) {
  if (abort.signal.aborted) exitWith('', 130);
  const isAway = error?.constructor?.name === 'APIConnectionError';
  exitWith(
    isAway
      ? `Nothing answers at ${client.baseURL}: is the system running (npm start)?`
      : `${error?.status ?? ''} ${error?.message ?? error}`.trim(),
    1,
  );
}

/** Where `npm start` said that it listens. */
function runningUrl() {
  const path = join(root, '.interleave/running.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).url : 'http://127.0.0.1:8000/v1';
}

function exitWith(sentence, status) {
  if (sentence) process.stderr.write(`${sentence}\n`);
  process.exit(status);
}
