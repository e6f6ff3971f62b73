import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionResult, SessionFiles } from '@interleave/contracts';
import { waitUntil } from '@interleave/testing';
import { request } from 'undici';
import { describeWithPyodide } from './support/describe-with-pyodide';
import { FakeContainerRuntime } from './support/fake-container-runtime';
import { TOKEN, ToolServerUnderTest } from './support/tool-server-client';

const ROOT = join(__dirname, '../../..');
const BOOT_MS = 120_000;

/** An engine that is not there. */
function noEngine(): FakeContainerRuntime {
  const engine = new FakeContainerRuntime(() => ({}));
  engine.outage = 'Could not reach the Docker engine.';
  return engine;
}

describeWithPyodide('Python in WebAssembly', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    // The children run the compiled program.
    execFileSync(process.execPath, [join(ROOT, 'tools/build/build.mjs')], { cwd: ROOT });
    // Chosen by itself: nothing answers, and the address is loopback.
    server = await (await ToolServerUnderTest.start(noEngine(), { SANDBOX: 'auto', SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  async function runIn(programs: readonly string[], more: { timeout_ms?: number; stdin?: string } = {}): Promise<ExecutionResult> {
    const session = await server.open();
    let result: ExecutionResult | null = null;
    for (const program of programs) result = await server.execute(session, program, more);
    await server.close(session);
    if (!result) throw new Error('no program was given');
    return result;
  }

  /** What the program came to, and whether `marker`, set before it, was there after it. */
  async function attack(code: string, timeoutMs = 1000): Promise<{ result: ExecutionResult; markerAfter: string | null }> {
    const session = await server.open();
    await server.execute(session, 'marker = "still here"');
    const result = await server.execute(session, code, { timeout_ms: timeoutMs });
    const { value } = await server.execute(session, '"marker" in globals()');
    await server.close(session);
    return { result, markerAfter: value };
  }

  it('says what it is and what it does not protect against', async () => {
    expect(await server.capabilities()).toMatchObject({
      sandbox: 'wasm',
      runtime: expect.stringMatching(/^pyodide \d/),
      warning: expect.stringContaining('not in a container'),
      python: expect.stringMatching(/^3\.\d+\.\d+$/),
      packages: [],
      checkpoint: 'off',
    });
    expect((await server.call('GET', '/ready')).body).toMatchObject({ sandbox: 'wasm', warning: expect.stringContaining('Docker') });
  });

  it('is never chosen by itself where others can reach the server', async () => {
    const open = await ToolServerUnderTest.start(noEngine(), { SANDBOX: 'auto', TOOL_HOST: '0.0.0.0' });
    await waitUntil(async () => (await open.call<{ reason: string }>('GET', '/ready')).body.reason?.includes('SANDBOX=wasm'));
    await open.stop();
  });

  it.each<[string, readonly string[], Partial<ExecutionResult>]>([
    [
      'a value',
      ['x = 41', 'x + 1'],
      { status: 'ok', state: 'kept', call: 2, value: '42', stdout: '', error: null, exit: null, images: [] },
    ],
    ['both streams', ['import sys\nprint("a")\nprint("b", file=sys.stderr)'], { stdout: 'a\n', stderr: 'b\n', output: 'a\nb\n' }],
    ['a missing input', ['input()'], { status: 'error', error: expect.objectContaining({ type: 'EOFError' }) }],
    ['an exit', ['import sys; sys.exit(3)'], { status: 'error', state: 'kept', exit: { code: 3, signal: null } }],
    ['a hard exit', ['import os; os._exit(3)'], { status: 'killed', state: 'reset', exit: { code: 3, signal: null } }],
    ['an abort', ['import os; os.abort()'], { status: 'killed', state: 'reset', exit: { code: null, signal: 'SIGABRT' } }],
    ['a coroutine', ['import asyncio\nasync def f():\n  await asyncio.sleep(0.01); return 5', 'await f()'], { value: '5' }],
    ['a loop of one’s own', ['import asyncio\nasync def f():\n  return 5\nasyncio.run(f())'], { value: '5' }],
    ['a lone surrogate', ['print("\\ud800")'], { status: 'ok', stdout: '?\n' }],
  ])('gives for %s what a container gives', async (_name, programs, expected) => {
    expect(await runIn(programs)).toMatchObject(expected);
  });

  it('takes no call back: one that must be is refused, and does not run', async () => {
    const session = await server.open();
    const call = await server.call('POST', `/v1/sessions/${session}/execute`, { code: 'x = 1', revocable: true });
    expect(call).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    expect((await server.call('POST', `/v1/sessions/${session}/revoke`, {})).body).toEqual({ revoked: 'nothing' });
    expect(await server.execute(session, '"x" in globals()')).toMatchObject({ call: 1, value: 'False' });
    await server.close(session);
  });

  it('shows tracebacks of the cells only', async () => {
    const { error } = await runIn(['def f(x):\n    return 1 / x', 'f(0)']);
    expect(error).toEqual({
      type: 'ZeroDivisionError',
      message: 'division by zero',
      traceback: [
        'Traceback (most recent call last):',
        '  File "<cell 2>", line 1, in <module>',
        '    f(0)',
        '    ~^^^',
        '  File "<cell 1>", line 2, in f',
        '    return 1 / x',
        '           ~~^~~',
        'ZeroDivisionError: division by zero',
      ].join('\n'),
    });
  });

  it('gives the input it was given', async () => {
    expect((await runIn(['print(input() + input())'], { stdin: 'x\ny\n' })).stdout).toBe('xy\n');
  });

  it.each([
    ['a loop in Python', 'while True: pass'],
    ['a sleep', 'import time; time.sleep(100)'],
    ['a coroutine that waits', 'import asyncio; await asyncio.sleep(100)'],
  ])('interrupts %s at the time limit and keeps the variables', async (_name, code) => {
    const { result, markerAfter } = await attack(`print("before")\n${code}`, 400);
    expect(result).toMatchObject({ status: 'timeout', state: 'kept', stdout: 'before\n' });
    expect(markerAfter).toBe('True');
  });

  it.each([
    ['a loop in C', 'sum(range(10**12))'],
    ['ignored interrupts', 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass'],
    ['caught interrupts', 'while True:\n  try:\n    while True: pass\n  except BaseException: pass'],
  ])('kills %s, keeps what was printed, and says that the variables are gone', async (_name, code) => {
    const { result, markerAfter } = await attack(`print("before")\n${code}`, 300);
    expect(result).toMatchObject({ status: 'timeout', state: 'reset', stdout: 'before\n', exit: { signal: 'SIGKILL' } });
    expect(markerAfter).toBe('False');
  });

  it('does not keep a core busy while a program sleeps', async () => {
    const { cpu_ms: cpuMs } = await runIn(['import time', 'time.sleep(1)'], { timeout_ms: 5000 });
    expect(cpuMs).toBeLessThan(500);
  });

  it('kills a program that floods its output, and keeps head and tail', async () => {
    const { result } = await attack('while True: print("x" * 1000)', 30_000);
    expect(result).toMatchObject({ status: 'output_limit', state: 'reset' });
    expect(result.stdout).toMatch(/^x{1000}\n.*\.\.\. \[\d+ bytes cut\] \.\.\./s);
  });

  it.each([
    ['a list of 2 GiB', 'x = [0] * (256 * 2**20)', 'MemoryError'],
    ['text without end', 'x = "a"\nwhile True: x += x', 'MemoryError'],
    ['a full disk', 'with open("/tmp/a", "wb") as f:\n  while True: f.write(b"x" * 10**6)', 'OSError'],
    ['too many files', 'for i in range(10**5): open(f"/tmp/{i}", "w").close()', 'OSError'],
    ['endless recursion', 'def f(): f()\nf()', 'RecursionError'],
    ['a thread', 'import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()', 'RuntimeError'],
    ['a process', 'import subprocess; subprocess.run(["ls"])', 'OSError'],
    ['a shell', 'import os; os.system("id")', 'OSError'],
    ['a file of the machine', 'open("/etc/passwd")', 'FileNotFoundError'],
    ['the package itself', `open(${JSON.stringify(join(ROOT, 'package.json'))})`, 'FileNotFoundError'],
    ['the network', 'import socket; socket.create_connection(("127.0.0.1", 22), timeout=1)', 'OSError'],
    ['a URL', 'import urllib.request as u; u.urlopen("http://169.254.169.254/", timeout=1)', 'URLError'],
    ['JavaScript', 'import js', 'ModuleNotFoundError'],
    ['Pyodide', 'import pyodide_js', 'ModuleNotFoundError'],
    ['Pyodide’s core', 'import _pyodide_core', 'ModuleNotFoundError'],
  ])('denies %s with an ordinary error and goes on', async (_name, code, type) => {
    const { result, markerAfter } = await attack(code, 20_000);
    expect(result).toMatchObject({ status: 'error', state: 'kept', error: { type } });
    expect(markerAfter).toBe('True');
  });

  it('ends a program that takes the memory of the process around it', async () => {
    // Bytes that live outside of the interpreter's memory: pieces of files that nobody can see any more.
    const code =
      'import os\nkept = []\nfor i in range(10**4):\n  f = open("/tmp/x", "wb"); f.write(b"x" * 10**7); kept.append(f); os.unlink("/tmp/x")';
    const { result } = await attack(code, 30_000);
    expect(result).toMatchObject({ status: 'oom', state: 'reset', exit: { signal: 'SIGKILL' } });
  });

  describe('a program that has found its way into JavaScript', () => {
    /** The modules are hidden, not gone: whoever knows the interpreter gets them back. What counts is what he finds behind. */
    const BREAK_IN = `
import sys, types
for name in [name for name in sys.modules if sys.modules[name] is None]: del sys.modules[name]
class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return Anything(name)
    def __call__(self, *_, **__): return self
for name in ("pyodide_js", "pyodide_js._api", "js"): sys.modules[name] = Anything(name)
from _pyodide_core import to_js, create_proxy
import pyodide.ffi
array = to_js([1])
Array, Function = array.constructor, array.constructor.constructor
Object = to_js({"a": 1}).constructor
`;

    it.each([
      ['make code from text', 'Function("return process")()', 'EvalError'],
      ['make code from text by another constructor', 'to_js(b"x").constructor.constructor("return this")()', 'EvalError'],
      ['see who called', 'Function.prototype.caller', 'TypeError'],
      ['add to what all objects have', 'Object.prototype.polluted = 1', 'TypeError'],
      ['define what all objects have', 'Object.defineProperty(Object.prototype, "then", to_js({"value": 1}))', 'TypeError'],
      ['add to what all arrays have', 'Array.prototype.polluted = 1', 'TypeError'],
    ])('can’t %s', async (_name, code, type) => {
      const { result, markerAfter } = await attack(`${BREAK_IN}${code}`, 10_000);
      expect({ status: result.status, text: result.error?.message }).toEqual({ status: 'error', text: expect.stringContaining(type) });
      expect(markerAfter).toBe('True');
    });

    it.each(['push', 'map', 'slice', 'concat'])('can’t listen in on Array.prototype.%s', async (method) => {
      const code = `${BREAK_IN}heard = []\nArray.prototype.${method} = create_proxy(lambda *a: heard.append(a))`;
      const session = await server.open();
      expect(await server.execute(session, code, { timeout_ms: 10_000 })).toMatchObject({ status: 'ok', error: null });
      expect(await server.execute(session, 'print("something"); heard')).toMatchObject({ stdout: 'something\n', value: '[]' });
      await server.close(session);
    });
  });

  it('leaves nothing of Node to a program that holds the global object of its thread', () => {
    const attempts = {
      'read a file': 'modules.fs.readFileSync("/etc/passwd")',
      'write to the host’s stream': 'modules.fs.writeSync(1, "x")',
      'read a file later': 'modules.fs.promises.readFile("/etc/passwd")',
      'start a process': 'modules.child_process.spawnSync("id")',
      'start a thread': 'new modules.worker_threads.Worker("1", { eval: true })',
      connect: 'modules.net.connect(22, "127.0.0.1")',
      'connect by hand': 'new modules.net.Socket().connect(22, "127.0.0.1")',
      'send a datagram': 'modules.dgram.createSocket("udp4")',
      'ask for a page': 'modules.http.get("http://127.0.0.1/")',
      fetch: 'fetch("http://127.0.0.1/")',
      'resolve a name': 'modules.dns.lookup("example.com", () => undefined)',
      'compile text': 'modules.vm.runInThisContext("1")',
      'make code of text': 'Function("return 1")()',
      'kill a process': 'process.kill(process.pid, 0)',
      'reach Node’s inside': 'process.binding("fs")',
      'get a module': 'process.getBuiltinModule("fs")',
      'load a library': 'process.dlopen({}, "x")',
    };
    const program = `
      const { isMainThread, Worker, parentPort } = require('node:worker_threads');
      if (isMainThread) new Worker(__filename, { env: {} }).on('message', (answer) => console.log(JSON.stringify(answer)));
      else {
        const { lockDown } = require(${JSON.stringify(join(ROOT, 'dist/apps/tool-server/src/wasm/child/lock-down.js'))});
        const names = ['fs', 'child_process', 'worker_threads', 'net', 'dgram', 'http', 'dns', 'vm'];
        const modules = Object.fromEntries(names.map((name) => [name, require('node:' + name)]));
        const tell = parentPort.postMessage.bind(parentPort);
        lockDown({ _api: {}, FS: { filesystems: {} }, unregisterJsModule: () => undefined });
        const outcome = (attempt) => { try { attempt(); return 'done'; } catch (error) { return 'refused'; } };
        tell({ ${Object.entries(attempts)
          .map(([name, code]) => `${JSON.stringify(name)}: outcome(() => ${code})`)
          .join(', ')} });
      }`;
    const folder = mkdtempSync(join(tmpdir(), 'lock-down-'));
    writeFileSync(join(folder, 'attempts.cjs'), program);
    const { stdout } = spawnSync(process.execPath, ['--disallow-code-generation-from-strings', join(folder, 'attempts.cjs')], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(Object.keys(attempts).map((name) => [name, 'refused'])));
  });

  it('takes files in and hands them out', async () => {
    const session = await server.open();
    const at = (path: string) => `${server.url}/v1/sessions/${session}/files${path}`;
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' };
    const put = await request(at('/data/in.bin'), { method: 'PUT', headers, body: Buffer.from([0, 255, 10]) });
    expect(put.statusCode).toBeLessThan(300);
    await put.body.dump();
    const program =
      'data = open("/tmp/data/in.bin", "rb").read(); open("out.txt", "w").write("hi"); import os; os.symlink("/lib", "link"); list(data)';
    expect((await server.execute(session, program)).value).toBe('[0, 255, 10]');
    const listing = await request(at(''), { headers });
    const { files } = (await listing.body.json()) as SessionFiles;
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['out.txt', 2],
      ['data/in.bin', 3],
    ]);
    expect(await (await request(at('/out.txt'), { headers })).body.text()).toBe('hi');
    for (const [path, status] of [
      ['/nothing.txt', 404],
      ['/link/python314.zip', 409],
    ] as const) {
      const refused = await request(at(path), { headers });
      expect({ path, status: refused.statusCode }).toEqual({ path, status });
      await refused.body.dump();
    }
    const removed = await request(at('/out.txt'), { method: 'DELETE', headers });
    expect(removed.statusCode).toBe(204);
    await server.close(session);
  });

  it('leaves nothing of a session to the next one, and does not draw the same random numbers', async () => {
    const draw = 'import random; random.random()';
    const one = await runIn(['secret = 1; open("/tmp/left", "w").close(); import json; json.dumps = None', draw]);
    const other = await runIn(['import json, os; [os.listdir("/tmp"), "secret" in globals(), json.dumps is None]']);
    expect(other.value).toBe('[[], False, False]');
    expect(one.value).not.toBe((await runIn([draw])).value);
  });

  it('ends a program when its client goes away', async () => {
    const session = await server.open();
    const leaving = new AbortController();
    const call = server.call('POST', `/v1/sessions/${session}/execute`, { code: 'while True: pass' }, { signal: leaving.signal });
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 0, 5000);
    await server.close(session);
  });
});
