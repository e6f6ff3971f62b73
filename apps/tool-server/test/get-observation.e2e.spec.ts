import { waitUntil } from '@interleave/testing';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import type { SupervisorScript } from './support/fake-supervisor';
import { ToolServerUnderTest } from './support/tool-server-client';

const answers: SupervisorScript = ({ code, stdin }) => {
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

  it('runs each action of python_code in a fresh interpreter', async () => {
    await start({ SANDBOX_MAX_SESSIONS: '1' });
    expect(await server.observe({ trajectory_ids: ['a', 'b'], actions: ['<python>1</python>', '```python\n2\n```\n```output'] })).toEqual({
      observations: ['\n<result>\nran 1\n</result>\n', '\nran 2\n```\n'],
      dones: [false, false],
      valids: [true, true],
      processing_time_ms: expect.any(Number),
      queue_time_ms: expect.any(Number),
    });
    expect(programs()).toEqual(['1', '2']);
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
      { obs: '\n<output>\nran 1\nOut[1]: v\n</output>\n', metrics: { code_success: true, code_lines: 1 }, timeout: false },
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
      expect.objectContaining({ obs: expect.stringContaining('Python was restarted: variables and imports of earlier calls are gone.') }),
    ]);
  });

  it('closes what a trajectory had after its last step, once nothing of it runs any more', async () => {
    await start({ TOOL_TYPE: 'ipython_code', SANDBOX_MAX_SESSIONS: '1' });
    const body = { trajectory_ids: ['a', 'a', 'b'], actions: ['<python>1</python>', '<python>2</python>', '<python>3</python>'] };
    const { valids } = await server.observe({ ...body, is_last_step: [true, true, true] });
    expect(valids).toEqual([true, true, true]);
    expect(programs()).toEqual(['1', '2', '3']);
  });

  it('judges a program of python_oj case by case, up to the first that fails', async () => {
    await start({ TOOL_TYPE: 'python_oj' });
    const tests = { inputs: ['1', '2', '3'], outputs: ['ran x1', 'ran x3', 'ran x3'] };
    const field = { extra_fields: [{ public_tests: tests }] };
    expect(await oneOf('<python>x</python>', field)).toMatchObject({
      observations: ['The above code is incorrect and got a wrong answer.\nInput: 2\nGenerated Output: ran x2\n\nExpected: ran x3'],
      dones: [false],
      valids: [true],
    });
    expect(programs()).toHaveLength(2);
  });

  it('gives an action to the first tool that finds something to do in it', async () => {
    await start({ TOOL_TYPE: 'python_code,ipython_code,finish' });
    const call = '<tool_call>{"name": "python", "arguments": {"code": "1"}}</tool_call>';
    const { observations } = await server.observe({ trajectory_ids: ['a', 'b'], actions: ['<python>1</python>', call] });
    expect(observations).toEqual(['\n<result>\nran 1\n</result>\n', expect.objectContaining({ obs: 'ran 1\nOut[1]: v' })]);
    const { observations: told } = await oneOf('text');
    expect(told).toEqual([
      expect.objectContaining({ available_tools: expect.stringMatching(/^Available tools:\n• python_code: .*\n• ipython_code: .*$/) }),
    ]);
  });

  it('lets an item ask for its own time limit, up to the server’s maximum', async () => {
    await start({ MAX_TOOL_TIMEOUT: '90' });
    expect(await oneOf('<python>1</python>', { extra_fields: [{ timeout: 90 }] })).toMatchObject({ valids: [true] });
    const timeouts = [...runtime.containers.values()].flatMap(({ supervisor }) => supervisor.programs.map(({ timeoutMs }) => timeoutMs));
    expect(timeouts).toEqual([90_000]);
    const refused = await server.call('POST', '/get_observation', {
      trajectory_ids: ['t'],
      actions: ['x'],
      extra_fields: [{ timeout: 91 }],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { error: { param: 'extra_fields', message: expect.stringContaining('MAX_TOOL_TIMEOUT') } },
    });
  });

  it('says how long the items waited', async () => {
    let finish: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (finish = resolve));
    runtime = new FakeContainerRuntime(() => ({ until }));
    server = await (await ToolServerUnderTest.start(runtime, { SANDBOX_MAX_SESSIONS: '1' })).ready();
    const answer = server.observe({ trajectory_ids: ['a', 'b'], actions: ['<python>1</python>', '<python>2</python>'] });
    setTimeout(finish, 60);
    const { queue_time_ms: waitedMs, processing_time_ms: allMs } = await answer;
    expect(waitedMs).toBeGreaterThan(40);
    expect(waitedMs).toBeLessThanOrEqual(allMs);
  });

  it.each([
    ['no trajectory', { trajectory_ids: [], actions: [] }, 'trajectory_ids'],
    ['fewer actions than trajectories', { trajectory_ids: ['a', 'b'], actions: ['x'] }, 'actions'],
    ['fewer extra fields than trajectories', { trajectory_ids: ['a', 'b'], actions: ['x', 'y'], extra_fields: [{}] }, 'extra_fields'],
    ['ids that are no text', { trajectory_ids: [1], actions: ['x'] }, 'trajectory_ids'],
    ['a finish list of no booleans', { trajectory_ids: ['a'], actions: ['x'], finish: ['maybe'] }, 'finish'],
  ])('refuses %s with 422 and names the field', async (_name, body, param) => {
    await start();
    expect(await server.call('POST', '/get_observation', body)).toMatchObject({ status: 422, body: { error: { param } } });
  });

  it('refuses a body that is no JSON', async () => {
    await start();
    expect(await server.call('POST', '/get_observation', '{"trajectory_ids": [')).toMatchObject({ status: 400 });
  });
});
