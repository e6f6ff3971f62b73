import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithDocker, waitUntil } from '@interleave/testing';
import { isAlive, SystemUnderTest } from './support/system-under-test';

const HELD_OUT = join(__dirname, '../../../models/demo/held-out-questions.jsonl');
const SAMPLE = 20;

interface Question {
  readonly question: string;
  readonly answer: string;
}

function ask(system: SystemUnderTest, question: string) {
  return system.client.chat.completions.create({ model: 'demo', temperature: 0, messages: [{ role: 'user', content: question }] });
}

describeWithDocker('npm start, on a real engine and real sandboxes', () => {
  let system: SystemUnderTest;

  beforeAll(async () => {
    system = await SystemUnderTest.start();
  }, 600_000);
  afterAll(() => system?.interrupt(), 90_000);

  it('prints what runs and a curl that works', () => {
    const curl = /curl http\S+chat\/completions[^]*?\}'/.exec(system.output)?.[0] ?? '';

    const { stdout } = spawnSync('bash', ['-c', curl.replace('curl', 'curl --silent')], { encoding: 'utf8' });

    expect(JSON.parse(stdout)).toMatchObject({ choices: [{ message: { content: expect.stringContaining('56088') } }] });
    expect(system.output).toMatch(/Model {4}demo on llama-worker/);
    expect(system.output).toMatch(/Sandbox {2}docker \(runc\), Python 3/);
  });

  it('answers the npm SDK with code that ran in a container', async () => {
    const completion = await ask(system, 'What is 123 * 456?');

    expect(completion.choices[0]).toMatchObject({
      message: { content: expect.stringMatching(/```python[^]*```output\n56088\n```\nThe answer is 56088\.$/) },
      finish_reason: 'stop',
      interleave: { tool_calls: 1, turns: [{ status: 'ok', output: '56088' }, {}] },
    });
  });

  it('streams to the npm SDK what it answers in one piece', async () => {
    const whole = await ask(system, 'What is 17 * 23?');
    const stream = await system.client.chat.completions.create({
      model: 'demo',
      temperature: 0,
      stream: true,
      messages: [{ role: 'user', content: 'What is 17 * 23?' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';

    expect(text).toBe(whole.choices[0]?.message.content);
  });

  it('answers the Python SDK, streaming and not', () => {
    const python = process.env['OPENAI_PYTHON'] ?? 'python3';
    const hasSdk = spawnSync(python, ['-c', 'import openai']).status === 0;
    if (!hasSdk) {
      // CI installs it; a person's machine need not have it.
      if (process.env['CI'])
        throw new Error('CI must have the openai package for Python: set OPENAI_PYTHON to an interpreter that has it.');
      process.stderr.write('not run: the Python SDK, because `python3 -c "import openai"` fails here (pip install openai).\n');
      return;
    }

    const { stdout, stderr } = spawnSync(python, [join(__dirname, 'support/python_sdk.py'), system.baseUrl], {
      encoding: 'utf8',
      timeout: 60_000,
    });

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      plain: expect.stringContaining('The answer is 56088.'),
      streamed: expect.stringContaining('The answer is 56088.'),
      text: expect.stringContaining('```output'),
      tool_calls: 1,
      unknown_model: 'NotFoundError model_not_found',
    });
  });

  it('keeps variables from one call of an answer to the next', async () => {
    const line = readFileSync(HELD_OUT, 'utf8')
      .split('\n')
      .find((text) => text.includes('"calls": 2') && text.includes('two_calls'));
    const { question, answer } = JSON.parse(line ?? '{}') as Question;

    const completion = await ask(system, question);

    expect(completion.choices[0]).toMatchObject({ interleave: { tool_calls: 2 } });
    expect(completion.choices[0]?.message.content).toContain(answer);
  });

  it(`answers questions that the model never saw (${SAMPLE} of them, at most one wrong)`, async () => {
    const questions = readFileSync(HELD_OUT, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Question);
    const sample = questions.filter((_, index) => index % Math.floor(questions.length / SAMPLE) === 0).slice(0, SAMPLE);

    const answers = await Promise.all(sample.map(({ question }) => ask(system, question)));
    const wrong = sample.filter(
      ({ answer }, index) => !(answers[index]?.choices[0]?.message.content ?? '').split('```').at(-1)?.includes(answer),
    );

    expect(wrong.length).toBeLessThanOrEqual(1);
  });

  it('loses no answer when its only worker is killed under 20 running requests', async () => {
    const [workerPid] = system.workerPids();
    const running = Array.from({ length: 20 }, (_, index) => ask(system, `What is ${index + 100} * 321?`));
    await waitUntil(async () => (await runningTrajectories(system)) === 20, 20_000);
    process.kill(workerPid!, 'SIGKILL');

    const answers = await Promise.all(running);

    expect(answers.map(({ choices }) => choices[0]?.finish_reason)).toEqual(Array(20).fill('stop'));
    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(
      Array.from({ length: 20 }, (_, index) => expect.stringContaining(String((index + 100) * 321))),
    );
    expect(system.workerPids()).not.toContain(workerPid);
  });

  it('leaves no process and no container behind when Ctrl-C comes under 20 running requests', async () => {
    const pids = system.pids();
    const containers = system.containers();
    const running = Array.from({ length: 20 }, (_, index) => ask(system, `What is ${index + 100} * 123?`).catch((error: unknown) => error));
    await waitUntil(async () => (await runningTrajectories(system)) === 20, 20_000);

    const status = await system.interrupt();
    await Promise.all(running);

    expect({ pids: pids.length >= 4, containers: containers.length >= 1 }).toEqual({ pids: true, containers: true });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(system.containers()).toEqual([]);
    expect(status).toBe(0);
  });
});

async function runningTrajectories(system: SystemUnderTest): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${system.port}/metrics`)).text();
  return Number(/^interleave_trajectories_running\S* (\d+)/m.exec(metrics)?.[1] ?? 0);
}
