import { PRE_IMPORTS } from '@interleave/sandbox';
import { waitUntil } from '@interleave/testing';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import type { SupervisorScript } from './support/fake-supervisor';
import { ToolServerUnderTest } from './support/tool-server-client';

const answers: SupervisorScript = ({ code, stdin }) => {
  if (code === PRE_IMPORTS) return {};
  if (code === 'lie') return { garbage: Uint8Array.of(0, 0, 0, 0, 0x99, 0, 0, 0, 1) };
  return { stdout: `ran ${code}${stdin ?? ''}\n`, value: 'v' };
};

describe('VerlTool’s /get_observation', () => {
  let runtime: FakeContainerRuntime;
  let server: ToolServerUnderTest;

  async function start(environment: Record<string, string> = {}): Promise<void> {
    runtime = new FakeContainerRuntime(answers);
    server = await (await ToolServerUnderTest.start(runtime, environment)).ready();
  }

  const programs = () => [...runtime.containers.values()].flatMap(({ supervisor }) => supervisor.programs.map(({ code }) => code));
  const oneOf = (action: string, more: object = {}) => server.observe({ trajectory_ids: ['t'], actions: [action], ...more });

  afterEach(() => server.stop());

  it('runs each action of python_code in a fresh interpreter with the usual imports', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1' });
    expect(await server.observe({ trajectory_ids: ['a', 'b'], actions: ['<python>1</python>', '```python\n2\n```\n```output'] })).toEqual({
      observations: ['\n<result>\nran 1\n</result>\n', '\nran 2\n```\n'],
      dones: [false, false],
      valids: [true, true],
      processing_time_ms: expect.any(Number),
      queue_time_ms: expect.any(Number),
    });
    expect(programs()).toEqual([PRE_IMPORTS, '1', PRE_IMPORTS, '2']);
  });

  it('gives a program the input of the action, else that of the request', async () => {
    await start();
    const both = { extra_fields: [{ stdin: 'request' }] };
    expect((await oneOf('<python>a</python>', both)).observations).toEqual(['\n<result>\nran arequest\n</result>\n']);
    expect((await oneOf('```input\naction\n```\n<python>a</python>', both)).observations[0]).toContain('ran aaction');
  });

  it.each([
    ['goes on', 'false', false],
    ['ends', 'true', true],
  ])('tells that there is nothing to run, and %s with DONE_IF_INVALID=%s', async (_name, setting, done) => {
    await start({ DONE_IF_INVALID: setting });
    expect(await oneOf('the answer is 4')).toMatchObject({
      observations: [
        {
          obs: '',
          invalid_reason: 'No valid tool found for action',
          available_tools: expect.stringMatching(/^Available tools:\n• python_code: /),
        },
      ],
      dones: [done],
      valids: [false],
    });
  });

  it('runs nothing for a finished trajectory', async () => {
    await start();
    expect(await oneOf('<python>1</python>', { finish: [true] })).toMatchObject({ observations: [''], dones: [true], valids: [true] });
    expect(await oneOf('<python>1</python>', { extra_fields: [{ finish: true }] })).toMatchObject({ dones: [true] });
    expect(programs()).toEqual([]);
  });

  it('lets one item fail without the others', async () => {
    await start({ SANDBOX_POOL_SIZE: '2' });
    const { observations, dones, valids } = await server.observe({
      trajectory_ids: ['a', 'b'],
      actions: ['<python>lie</python>', '<python>1</python>'],
    });
    expect(observations).toEqual([
      { obs: '', error: expect.stringContaining('Tool processing failed: '), tool_type: 'python_code' },
      '\n<result>\nran 1\n</result>\n',
    ]);
    expect([dones, valids]).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('keeps one interpreter for each trajectory of ipython_code until it is finished', async () => {
    await start({ TOOL_TYPE: 'ipython_code' });
    expect((await oneOf('<python>1</python>')).observations).toEqual([
      { obs: '\n<output>\nran 1\nv\n</output>\n', metrics: { code_success: 1, code_lines: 1 }, timeout: false },
    ]);
    await oneOf('<python>2</python>');
    expect((await server.capabilities()).sessions.active).toBe(1);
    expect(programs()).toEqual(['1', '2']);
    await oneOf('', { finish: [true] });
    expect((await server.capabilities()).sessions.active).toBe(0);
    await oneOf('<python>3</python>', { is_last_step: [true] });
    expect((await server.capabilities()).sessions.active).toBe(0);
  });

  it('says that a trajectory has lost its interpreter', async () => {
    await start({ TOOL_TYPE: 'ipython_code' });
    await oneOf('<python>1</python>');
    for (const container of runtime.containers.values()) container.end();
    await waitUntil(async () => (await server.capabilities()).sessions.active === 0);
    expect((await oneOf('<python>2</python>')).observations).toEqual([
      expect.objectContaining({ obs: expect.stringContaining('The interpreter was restarted since the last call') }),
    ]);
  });

  it.each([
    ['no trajectory', { trajectory_ids: [], actions: [] }, 'trajectory_ids'],
    ['fewer actions than trajectories', { trajectory_ids: ['a', 'b'], actions: ['x'] }, 'actions'],
    ['a finish list that is too short', { trajectory_ids: ['a', 'b'], actions: ['x', 'y'], finish: [true] }, 'finish'],
    ['ids that are no text', { trajectory_ids: [1], actions: ['x'] }, 'trajectory_ids'],
  ])('refuses %s and names the field', async (_name, body, param) => {
    await start();
    expect(await server.call('POST', '/get_observation', body)).toMatchObject({ status: 400, body: { error: { param } } });
  });
});
