import type { ExecutionResult } from '@interleave/contracts';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

describeWithDocker('a session after a hard kill', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  async function open(checkpoint: 'off' | 'auto' | 'always'): Promise<string> {
    return (await server.call<{ session_id: string }>('POST', '/v1/sessions', { checkpoint })).body.session_id;
  }

  /** The result of each cell, in a session of their own. */
  async function run(checkpoint: 'off' | 'auto' | 'always', ...cells: string[]): Promise<ExecutionResult[]> {
    const session = await open(checkpoint);
    const results: ExecutionResult[] = [];
    for (const code of cells) results.push(await server.execute(session, code, { timeout_ms: 400 }));
    await server.close(session);
    return results;
  }

  it.each([
    ['a loop in C', 'sum(range(10**12))', { status: 'timeout', exit: { signal: 'SIGKILL' } }],
    ['ignored interrupts', 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass', { status: 'timeout' }],
    ['os._exit', 'import os; os._exit(3)', { status: 'killed', exit: { code: 3 } }],
    ['a segmentation fault', 'import ctypes; ctypes.string_at(0)', { status: 'killed', exit: { signal: 'SIGSEGV' } }],
    ['another program in its place', 'import os; os.execv("/bin/echo", ["echo"])', { status: 'killed', exit: { code: 0 } }],
    ['an endless stop', 'import os; os.kill(os.getpid(), 19)', { status: 'timeout' }],
  ])('has the variables that it had before %s, half-done changes taken back', async (_name, code, expected) => {
    const [, killed, after] = await run('always', 'x = [1, 2]', `x.append(3)\n${code}`, 'x.append(4); x');
    expect(killed).toMatchObject({ ...expected, state: 'restored', restored_call: 1 });
    expect(after).toMatchObject({ state: 'kept', restored_call: null, value: '[1, 2, 4]' });
  });

  it('has them after the kernel killed it for memory', async () => {
    const session = await open('always');
    await server.execute(session, 'x = 1');
    const hog = `
import os, time
def hog(mebibytes):
    block = bytearray(mebibytes << 20)
    for place in range(0, len(block), 4096): block[place] = 1
    return block
if os.fork() == 0:
    kept = hog(180)
    time.sleep(60)
kept = hog(340)
time.sleep(60)`;
    expect(await server.execute(session, hog, { timeout_ms: 10_000 })).toMatchObject({
      status: 'oom',
      state: 'restored',
      restored_call: 1,
    });
    expect((await server.execute(session, 'x')).value).toBe('1');
    await server.close(session);
  }, 30_000);

  it('has them after a fork bomb', async () => {
    const [, killed, after] = await run('always', 'x = 1', 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass', 'x');
    expect(killed).toMatchObject({ status: 'timeout', state: 'restored', restored_call: 1 });
    expect(after?.value).toBe('1');
  }, 30_000);

  it('goes on as if the killed call had never been: random numbers, working directory, imports, a second kill', async () => {
    const results = await run(
      'always',
      'import os, random, numpy as np\nrandom.seed(1); np.random.seed(1); os.mkdir("d"); os.chdir("d")',
      'expected = (random.random(), np.random.rand())\nos._exit(1)',
      'drawn = (random.random(), np.random.rand()); drawn[0], os.getcwd(), "expected" in globals()',
      'os._exit(1)',
      'drawn[0], len(drawn)',
    );
    expect(results.map(({ restored_call }) => restored_call)).toEqual([null, 1, null, 3, null]);
    expect(results[2]?.value).toBe("(0.13436424411240122, '/tmp/d', False)");
    expect(results[4]?.value).toBe('(0.13436424411240122, 2)');
  });

  it('can be interrupted, prints and starts processes as before', async () => {
    const results = await run(
      'always',
      'x = 1',
      'import os; os._exit(1)',
      'print("again"); while_true = 1\nwhile True: pass',
      'import subprocess; subprocess.run(["echo", "hi"], capture_output=True).stdout',
    );
    expect(results[2]).toMatchObject({ status: 'timeout', state: 'kept', stdout: 'again\n', error: { type: 'KeyboardInterrupt' } });
    expect(results[3]).toMatchObject({ status: 'ok', value: "b'hi\\n'" });
  });

  it('does not show its twin as a child, nor run fork hooks for it', async () => {
    const [, , result] = await run(
      'always',
      'import os\nseen = []\nos.register_at_fork(before=lambda: seen.append("before"))',
      'pass',
      'try: os.wait()\nexcept ChildProcessError: seen.append("no child")\nseen',
    );
    expect(result?.value).toBe("['no child']");
  });

  it('starts anew when user code has killed the twin', async () => {
    const [, killed, after] = await run('always', 'x = 1', 'import os; os.kill(-1, 9); os._exit(1)', '"x" in globals()');
    expect(killed).toMatchObject({ status: 'killed', state: 'reset', restored_call: null });
    expect(after?.value).toBe('False');
  });

  it('starts anew after its first call, which has nothing before it', async () => {
    expect((await run('always', 'import os; os._exit(1)'))[0]).toMatchObject({ state: 'reset' });
  });

  it('starts anew when checkpoints are off', async () => {
    expect((await run('off', 'x = 1', 'import os; os._exit(1)'))[1]).toMatchObject({ state: 'reset' });
  });

  it.each([
    ['a thread', 'import threading\nstop = threading.Event()\nthreading.Thread(target=stop.wait, daemon=True).start()'],
    ['a pipe', 'import os\nends = os.pipe()'],
    ['much memory', 'big = b"x" * (180 << 20)'],
  ])('goes back to where %s was not yet there, and says so', async (_name, code) => {
    const [, , killed, after] = await run('always', 'x = 1', `x = 2\n${code}`, 'import os; os._exit(1)', 'x');
    expect(killed).toMatchObject({ state: 'restored', restored_call: 1 });
    expect(after?.value).toBe('1');
  });

  it('says truthfully how far back it goes when calls come faster than twins are made', async () => {
    const session = await open('auto');
    for (let call = 1; call <= 60; call += 1) await server.execute(session, `x = ${call}`);
    const killed = await server.execute(session, 'import os; os._exit(1)');
    expect(killed).toMatchObject({ state: 'restored', restored_call: expect.any(Number) });
    expect((await server.execute(session, 'x')).value).toBe(String(killed.restored_call));
    await server.close(session);
  }, 30_000);
});
