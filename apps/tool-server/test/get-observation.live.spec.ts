import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

describeWithDocker('VerlTool’s python_code in real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    const environment = { SANDBOX_POOL_SIZE: '2', TOOL_TIMEOUT: '1', DONE_IF_INVALID: 'true' };
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), environment)).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  // Recorded from VerlTool's own tool server; not taken over: its line numbers and carets, and its list of forbidden words.
  it.each([
    ['hello tag', "<python>print('hi')</python>", '\n<result>\nhi\n</result>\n'],
    ['fence then output opened', '```python\nprint(6*7)\n```\n```output', '\n42\n```\n'],
    ['two blocks', '```python\na=1\n```\ntext\n```python\nprint(a+1)\n```', '\n```result\n2\n```\n'],
    ['empty block', '```python\n```', '\n```result\n\n```\n'],
    [
      'runtime error',
      '```python\n1/0\n```',
      '\n```result\nTraceback (most recent call last):\n  File "main.py", line 1, in <module>\n    1/0\nZeroDivisionError: division by zero\n```\n',
    ],
    [
      'name error after print',
      "```python\nprint('a')\nprint(x)\n```",
      '\n```result\na\n\nTraceback (most recent call last):\n  File "main.py", line 2, in <module>\n    print(x)\n' +
        "NameError: name 'x' is not defined. Did you mean: 'X'?\n```\n",
    ],
    ['stdin block', '```input\nxyz\n```\n```python\nprint(input())\n```', '\n```result\nxyz\n```\n'],
    ['no newline', "```python\nprint('a',end='')\n```", '\n```result\na\n```\n'],
    ['stderr only', "```python\nimport sys\nprint('e',file=sys.stderr)\n```", '\n```result\ne\n```\n'],
    ['unicode', "```python\nprint('héllo ≤ 日本 🙂')\n```", '\n```result\nhéllo ≤ 日本 🙂\n```\n'],
    ['result tag opened', '<python>print(2)</python>\n<result>', '\n2\n</result>\n'],
    [
      'timeout',
      "```python\nprint('start',flush=True)\nimport time\ntime.sleep(30)\n```",
      '\n```result\nstart\n\nExecution timed out after 1 seconds.\n```\n',
    ],
    ['multi line', '```python\nfor i in range(3):\n    print(i)\n```', '\n```result\n0\n1\n2\n```\n'],
    ['indented block', '  ```python\n  print(1)\n  ```', '\n```result\n1\n```\n'],
    ['main guard', "```python\nif __name__=='__main__':\n    print('m')\n```", '\n```result\nm\n```\n'],
    ['usual imports', '<python>print(sqrt(16), Counter("aab")["a"])</python>', '\n<result>\n4.0 2\n</result>\n'],
  ])('answers as recorded: %s', async (_name, action, observation) => {
    const answer = await server.observe({ trajectory_ids: ['t'], actions: [action], extra_fields: [{}] });
    expect(answer).toMatchObject({ observations: [observation], dones: [false], valids: [true] });
  });

  it('serves a batch that is larger than the pool, each item on its own', async () => {
    const actions = Array.from({ length: 40 }, (_, index) =>
      index === 7 ? '<python>1/0</python>' : `<python>print(${index} ** 2)</python>`,
    );
    const { observations } = await server.observe({ trajectory_ids: actions.map((_, index) => `t${index}`), actions });
    observations.forEach((observation, index) => {
      if (index !== 7) expect(observation).toBe(`\n<result>\n${index ** 2}\n</result>\n`);
    });
    expect(observations[7]).toContain('ZeroDivisionError');
  });
});
