import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

async function startServer(environment: Record<string, string>): Promise<ToolServerUnderTest> {
  return (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '4', ...environment })).ready(BOOT_MS);
}

describeWithDocker('batches of VerlTool’s python_code in real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await startServer({ TOOL_TYPE: 'python_code,python_oj', TOOL_TIMEOUT: '2' });
  }, BOOT_MS);

  afterAll(() => server.stop());

  const batch = (actions: readonly string[], extraFields?: readonly object[]) =>
    server.observe({
      trajectory_ids: actions.map((_action, index) => `t${index}`),
      actions,
      ...(extraFields && { extra_fields: extraFields }),
    });

  it('answers 300 items in one request, each on its own, without a spurious timeout', async () => {
    const actions = Array.from({ length: 300 }, (_, index) =>
      index % 50 === 7 ? '<python>1/0</python>' : `<python>print(${index} ** 2)</python>`,
    );
    const startedAtMs = performance.now();
    const { observations, valids, queue_time_ms: waitedMs } = await batch(actions);
    process.stdout.write(
      `300 items: ${Math.round(performance.now() - startedAtMs)} ms in all, the longest wait ${Math.round(waitedMs)} ms\n`,
    );
    expect(valids).toEqual(actions.map(() => true));
    observations.forEach((observation, index) => {
      if (index % 50 === 7) expect(observation).toContain('ZeroDivisionError');
      else expect(observation).toBe(`\n<result>\n${index ** 2}\n</result>\n`);
    });
  });

  it('lets programs that sleep lie side by side, more of them than cores', async () => {
    const actions = Array.from({ length: 32 }, () => '<python>import time\ntime.sleep(1)\nprint("up")</python>');
    const startedAtMs = performance.now();
    const { observations } = await batch(actions);
    const tookMs = performance.now() - startedAtMs;
    process.stdout.write(`32 items that sleep for a second: ${Math.round(tookMs)} ms in all\n`);
    expect(observations).toEqual(actions.map(() => '\n<result>\nup\n</result>\n'));
  });

  it('gives an item the time that it asks for', async () => {
    const sleep = '<python>import time\ntime.sleep(3)\nprint("up")</python>';
    const { observations } = await batch([sleep, sleep, sleep], [{ timeout: 10 }, {}, { timeout: 0.5 }]);
    expect(observations).toEqual([
      '\n<result>\nup\n</result>\n',
      '\n<result>\nExecution timed out after 2 seconds.\n</result>\n',
      '\n<result>\nExecution timed out after 0.5 seconds.\n</result>\n',
    ]);
  });

  it.each([
    ['a signal', 'import os\nprint("a", flush=True)\nos.kill(os.getpid(), 9)', 'a\n\nThe Python process was ended by SIGKILL.'],
    ['an exit code', 'import os\nos._exit(3)', 'The Python process ended with exit code 3.'],
  ])('tells that a program was ended by %s', async (_name, code, told) => {
    const { observations } = await batch([`<python>${code}</python>`]);
    expect(observations).toEqual([`\n<result>\n${told}\n</result>\n`]);
  });

  it('finds nothing of one program in the next', async () => {
    await batch(['<python>open("/tmp/left", "w").write("x")\nimport json\njson.left = 1</python>']);
    const { observations } = await batch(['<python>import json, os\nprint(os.path.exists("/tmp/left"), hasattr(json, "left"))</python>']);
    expect(observations).toEqual(['\n<result>\nFalse False\n</result>\n']);
  });
});

describeWithDocker('VerlTool’s ipython_code in real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await startServer({ TOOL_TYPE: 'ipython_code', TOOL_TIMEOUT: '2', SANDBOX_CHECKPOINT: 'off' });
  }, BOOT_MS);

  afterAll(() => server.stop());

  const run = async (trajectory: string, code: string, more: object = {}): Promise<unknown> => {
    const { observations } = await server.observe({ trajectory_ids: [trajectory], actions: [`<python>${code}</python>`], ...more });
    const [observation] = observations as { obs?: string }[];
    return observation?.obs ?? observation;
  };
  const shown = (text: string) => `\n<output>\n${text}\n</output>\n`;

  it('keeps the variables of a trajectory, apart from those of others, until its last step', async () => {
    await run('a', 'x = 1');
    await run('b', 'x = 2');
    expect(await run('a', 'x')).toBe(shown('Out[1]: 1'));
    expect(await run('b', 'x', { is_last_step: [true] })).toBe(shown('Out[1]: 2'));
    expect(await run('b', 'x')).toContain('NameError');
  });

  it('says that variables are gone after a hard end, and keeps them after a timeout that Python notices', async () => {
    await run('c', 'x = 1');
    expect(await run('c', 'import time\ntime.sleep(9)')).toBe(shown('Execution time out after 2 seconds'));
    expect(await run('c', 'x')).toBe(shown('Out[1]: 1'));
    expect(await run('c', 'import os\nos._exit(3)')).toBe(
      shown('The Python process ended with exit code 3.\nPython was restarted: variables and imports of earlier calls are gone.'),
    );
  });

  it('feeds the input of the request', async () => {
    expect(await run('d', 'input()', { extra_fields: [{ stdin: 'from the request\n' }] })).toBe(shown("Out[1]: 'from the request'"));
  });
});
