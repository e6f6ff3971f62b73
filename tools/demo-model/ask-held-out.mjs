// Asks the held-out questions through a running system and counts the right answers:
//   node tools/demo-model/ask-held-out.mjs [--url http://127.0.0.1:8000/v1] [--out transcripts.jsonl] [--compare other.jsonl] [--at-least 95]
// A question counts as answered right when the text after the last tool output holds the expected answer and every call it needs was run.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import OpenAI from 'openai';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000/v1' },
    model: { type: 'string', default: 'demo' },
    clients: { type: 'string', default: '8' },
    out: { type: 'string' },
    compare: { type: 'string' },
    'at-least': { type: 'string', default: '0' },
  },
});
const readLines = (path) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const questions = readLines(new URL('../../models/demo/held-out-questions.jsonl', import.meta.url));
const client = new OpenAI({ baseURL: values.url, apiKey: process.env.API_KEY ?? 'any', timeout: 600_000 });
const answers = [];
const waiting = [...questions];
const startedAt = performance.now();

await Promise.all(Array.from({ length: Number(values.clients) }, work));
answers.sort((left, right) => (left.id < right.id ? -1 : 1));

const right = answers.filter(({ isRight }) => isRight).length;
const calls = answers.reduce((sum, answer) => sum + answer.calls, 0);
for (const { id, question, expected, transcript, isRight } of answers) {
  if (!isRight)
    console.log(
      `wrong: ${id} ${JSON.stringify(question)} expected ${JSON.stringify(expected)}, said ${JSON.stringify(transcript.slice(-160))}`,
    );
}
const share = (100 * right) / answers.length;
console.log(
  `${right} of ${answers.length} right (${share.toFixed(1)} %), ${calls} tool calls, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
);
if (values.out) writeFileSync(values.out, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
if (values.compare) {
  const others = new Map(readLines(values.compare).map(({ id, transcript }) => [id, transcript]));
  console.log(
    `${answers.filter(({ id, transcript }) => others.get(id) === transcript).length} of ${answers.length} transcripts identical to ${values.compare}`,
  );
}
process.exit(share >= Number(values['at-least']) ? 0 : 1);

async function work() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { id, question, answer, calls: needed } = next;
    const completion = await client.chat.completions.create({
      model: values.model,
      temperature: 0,
      messages: [{ role: 'user', content: question }],
    });
    const [choice] = completion.choices;
    const transcript = choice.message.content ?? '';
    const made = choice.interleave.turns.filter(({ code }) => code !== null).length;
    const isRight = made >= needed && transcript.split('```').at(-1).includes(answer);
    answers.push({ id, question, expected: answer, transcript, calls: made, isRight });
    if (answers.length % 20 === 0) console.log(`${answers.length} of ${questions.length} …`);
  }
}
