import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { AskService } from './ask-service';
import { parseDataset } from './dataset';
import { finalAnswerOf, isRight } from './grade';
import { progressLine } from './progress-bar';
import { runEval } from './run-eval';
import type { EvalPlan } from './run-eval';
import type { TrajectoryLine } from './trajectory-file';

const QUESTIONS = '{"id": "a", "question": "one?", "answer": 1}\n\n{"task_id": "b", "messages": [{"role": "user", "content": "two?"}]}\n';
const never = new AbortController().signal;
const ignore = (): void => undefined;

describe('a data set', () => {
  it('is read line by line', () => {
    expect(parseDataset(QUESTIONS, 'chat')).toEqual([
      { id: 'a', input: { messages: [{ role: 'user', content: 'one?' }] }, answer: '1' },
      { id: 'b', input: { messages: [{ role: 'user', content: 'two?' }] }, answer: null },
    ]);
    expect(parseDataset('{"prompt": "Q"}', 'text')).toEqual([{ id: '1', input: { prompt: 'Q' }, answer: null }]);
  });

  it.each([
    ['{"question": "x"}\n{', /^Line 2 .*not JSON/],
    ['[]', /^Line 1 .*not a JSON object/],
    ['{"id": 1}', /^Line 1 .*no "messages"/],
    ['{"id": 1, "question": "x"}\n{"id": "1", "question": "y"}', /^Line 2 .*the id 1/],
  ])('names the line that is wrong: %s', (text, message) => {
    expect(() => parseDataset(text, 'chat')).toThrow(message);
  });
});

describe('an answer', () => {
  it.each([
    ['so 3, and the answer is 1,234.50.', '1234.5'],
    ['\\boxed{1} then \\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
    ['\\boxed{ $5$ } of 7', '5'],
    ['it is -3', '-3'],
    ['nothing', null],
  ])('is found at the end of %j', (text, answer) => {
    expect(finalAnswerOf(text)).toBe(answer);
  });

  it('is right when it means the same', () => {
    expect(isRight('The answer is 56,088.', '56088')).toBe(true);
    expect(isRight('The answer is 5.', '6')).toBe(false);
  });
});

describe('the progress bar', () => {
  it('says how far it is, how fast, and how much longer', () => {
    const line = progressLine({ done: 20, total: 40, resumed: 10, right: 7, graded: 20, failed: 1, elapsedMs: 5000 });

    expect(line).toBe(`[${'#'.repeat(15)}${'.'.repeat(15)}] 20/40  2.0/s  10 s left  7 of 20 right  1 failed`);
  });
});

describe('an evaluation', () => {
  let server: Server;
  let folder: string;
  let service: AskService;
  /** What the service answers, by what it is asked. */
  let answerTo: (question: string, attempt: number) => { status: number; text?: string; headers?: Record<string, string> };
  const asked: string[] = [];
  const bodies: Record<string, unknown>[] = [];

  beforeEach(async () => {
    asked.length = 0;
    bodies.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'interleave-eval-'));
    server = createServer((request, response) => {
      void json(request).then((body) => {
        const { messages } = body as { messages: [{ content: string }] };
        const question = messages[0].content;
        asked.push(question);
        bodies.push(body as Record<string, unknown>);
        const { status, text = '', headers = {} } = answerTo(question, asked.filter((earlier) => earlier === question).length);
        const answer = { choices: [{ message: { content: text }, finish_reason: 'stop', interleave: { tool_calls: 1 } }], usage: {} };
        response.writeHead(status, headers).end(JSON.stringify(status === 200 ? answer : { error: { message: 'Full.' } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    service = new AskService({ url, apiKey: 'any', attempts: 3, timeoutMs: 10_000, firstWaitMs: 1 });
  });
  afterEach(async () => {
    await service.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const plan = (changes: Partial<EvalPlan> = {}): EvalPlan => ({
    questions: parseDataset(QUESTIONS, 'chat'),
    samples: 2,
    concurrency: 1,
    endpoint: 'chat',
    body: { model: 'demo', seed: 5 },
    out: join(folder, 'out.jsonl'),
    ...changes,
  });
  const lines = (): TrajectoryLine[] =>
    readFileSync(join(folder, 'out.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TrajectoryLine);

  it('asks every question so many times, with a seed each, and writes what came', async () => {
    answerTo = () => ({ status: 200, text: 'The answer is 1.' });
    const { progress, failures } = await runEval(plan(), service, ignore, never);

    expect(progress).toMatchObject({ done: 4, total: 4, right: 2, graded: 2, failed: 0 });
    expect(failures).toEqual([]);
    expect(bodies.map(({ seed }) => seed)).toEqual([5, 6, 5, 6]);
    expect(lines().map(({ id, sample, is_right: right, finish_reason: reason }) => [id, sample, right, reason])).toEqual([
      ['a', 0, true, 'stop'],
      ['a', 1, true, 'stop'],
      ['b', 0, null, 'stop'],
      ['b', 1, null, 'stop'],
    ]);
  });

  it('goes on after an interruption, also one in the middle of a line', async () => {
    const interrupt = new AbortController();
    answerTo = (question) => {
      if (question === 'two?') interrupt.abort();
      return { status: 200, text: '1' };
    };
    const { progress: interrupted } = await runEval(plan(), service, ignore, interrupt.signal);
    const before = lines();
    appendFileSync(join(folder, 'out.jsonl'), '{"id": "b", "sam');
    asked.length = 0;
    answerTo = () => ({ status: 200, text: '1' });
    const { progress } = await runEval(plan(), service, ignore, never);

    expect(interrupted).toMatchObject({ done: 2, failed: 0 });
    expect(before.map(({ id }) => id)).toEqual(['a', 'a']);
    expect(asked).toEqual(['two?', 'two?']);
    expect(progress).toMatchObject({ done: 4, resumed: 2 });
    expect(lines()).toHaveLength(4);
  });

  it('tries again what is busy, and leaves what fails for the next time', async () => {
    answerTo = (question, attempt) => {
      if (question === 'two?') return { status: 503, headers: { 'x-should-retry': 'false' } };
      return attempt < 3 ? { status: 429 } : { status: 200, text: '1' };
    };
    const { progress, failures } = await runEval(plan({ samples: 1 }), service, ignore, never);

    expect(asked).toEqual(['one?', 'one?', 'one?', 'two?']);
    expect(progress).toMatchObject({ done: 1, failed: 1 });
    expect(failures).toEqual([{ id: 'b', sample: 0, reason: '503 Full.' }]);
    expect(lines().map(({ id }) => id)).toEqual(['a']);
  });

  it('does not mix the answers of two models in one file', async () => {
    answerTo = () => ({ status: 200, text: '1' });
    await runEval(plan(), service, ignore, never);

    await expect(runEval(plan({ body: { model: 'other' } }), service, ignore, never)).rejects.toThrow(/another --out/);
  });
});
