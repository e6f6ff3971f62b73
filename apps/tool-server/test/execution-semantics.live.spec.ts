import type { ExecutionResult, SessionFiles } from '@interleave/contracts';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first
const PNG = /^iVBORw0KGgo/;

describeWithDocker('What a program meets in a container', () => {
  let server: ToolServerUnderTest;
  let session: string;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  beforeEach(async () => {
    session = await server.open();
  });

  afterEach(() => server.close(session));

  const run = (code: string, more: { timeout_ms?: number; stdin?: string; style?: string } = {}): Promise<ExecutionResult> =>
    server.execute(session, code, more);
  const value = async (code: string) => (await run(code)).value;
  const traceback = async (code: string) => (await run(code)).error?.traceback;

  describe('a cell', () => {
    it.each([
      ['the last expression', '6 * 7', '42'],
      ['a string of its own', '"text"', "'text'"],
      ['nothing after a semicolon', '6 * 7;', null],
      ['nothing after a semicolon and a comment', '6 * 7;  # quiet', null],
      ['the expression, whatever its comment says', '6 * 7  # a; b', '42'],
      ['nothing for None', 'None', null],
      ['nothing for a statement', 'x = 1', null],
      ['the value of code that was cut out of an indented text', '    x = 1\n    x + 1', '2'],
    ])('shows %s', async (_name, code, shown) => {
      expect(await run(code)).toMatchObject({ status: 'ok', value: shown, error: null });
    });

    it('finds the last value under the name _', async () => {
      await run('20');
      expect(await value('_ + 1')).toBe('21');
    });

    it('keeps what it has imported from __future__ for the cells after it', async () => {
      await run('from __future__ import annotations');
      expect(await value('def f(x: not_defined): pass\nf.__annotations__')).toBe("{'x': 'not_defined'}");
    });

    it('defines functions and classes that pickle, inspect and multiprocessing can find', async () => {
      await run('def double(x):\n    return 2 * x\n\nclass Point:\n    pass');
      expect(await value('import inspect; inspect.getsource(double)')).toBe("'def double(x):\\n    return 2 * x\\n'");
      expect(await value('import pickle; type(pickle.loads(pickle.dumps(Point()))) is Point, __name__')).toBe("(True, '__main__')");
      expect(await value('import multiprocessing\nwith multiprocessing.Pool(2) as pool: r = pool.map(double, [1, 2])\nr')).toBe('[2, 4]');
    });

    it('warns again in the next cell', async () => {
      for (let cell = 1; cell <= 2; cell += 1) {
        expect((await run('import warnings; warnings.warn("careful")')).stderr).toContain(`<cell ${cell}>:1: UserWarning: careful`);
      }
    });

    it('has neither value nor figures as a script', async () => {
      const script = await run('import matplotlib.pyplot as plt\nplt.plot([1])\n6 * 7', { style: 'script' });
      expect(script).toMatchObject({ status: 'ok', value: null, images: [] });
    });
  });

  describe('an exception', () => {
    it('shows the lines of every cell it came through, and none of ours', async () => {
      await run('def inverse(x):\n    return 1 / x');
      const lines = await traceback('inverse(0)');
      expect(lines).toMatch(/^Traceback \(most recent call last\):\n {2}File "<cell 2>", line 1, in <module>\n {4}inverse\(0\)\n/);
      expect(lines).toMatch(/\n {2}File "<cell 1>", line 2, in inverse\n {4}return 1 \/ x\n/);
      expect(lines).toMatch(/\nZeroDivisionError: division by zero$/);
      expect(lines).not.toContain('interleave');
    });

    it('shows its causes and the members of a group', async () => {
      expect(await traceback('try:\n  1 / 0\nexcept Exception as error:\n  raise ValueError("bad") from error')).toMatch(
        /ZeroDivisionError: division by zero\n\nThe above exception was the direct cause of the following exception:\n\n[^]*\nValueError: bad$/,
      );
      expect(await traceback('raise ExceptionGroup("two", [ValueError(1), TypeError(2)])')).toMatch(
        /Exception Group Traceback[^]*ValueError: 1[^]*TypeError: 2/,
      );
    });

    it('shows the line of a syntax error, also of one that is found after parsing', async () => {
      expect(await traceback('x = = 1')).toBe('  File "<cell 1>", line 1\n    x = = 1\n        ^\nSyntaxError: invalid syntax');
      expect(await traceback('return 5')).toMatch(/ {4}return 5\n {4}\^+\nSyntaxError: 'return' outside function$/);
      expect(await traceback('%timeit 1')).toMatch(/SyntaxError: invalid syntax$/);
    });

    it('is short, however deep the stack and long the message', async () => {
      const deep = await run(
        'import sys; sys.setrecursionlimit(100_000)\ndef a(n): return 1 / n if n == 0 else b(n - 1)\ndef b(n): return a(n)\na(20_000)',
      );
      expect(deep.error).toMatchObject({ type: 'ZeroDivisionError', traceback: expect.stringMatching(/\n {2}\[\d+ frames cut\]\n/) });
      const long = await run('raise ValueError("x" * 10**7)');
      expect(long.error?.message).toMatch(/characters cut/);
      expect(long.error?.traceback.length).toBeLessThan(33_000);
    });

    it.each([
      ['whose str() raises', 'class E(Exception):\n  def __str__(self): raise RuntimeError\nraise E', 'E: <exception str() failed>'],
      [
        'whose str() never returns from itself',
        'class E(Exception):\n  def __str__(self): return str(self)\nraise E',
        'E: <exception str() failed>',
      ],
      ['that causes itself', 'e = ValueError(1); f = ValueError(2); e.__cause__ = f; f.__cause__ = e; raise e', 'ValueError: 1'],
      ['with a lone surrogate', 'raise ValueError("\\ud800")', 'ValueError: \ufffd'],
    ])('%s is named', async (_name, code, end) => {
      const { status, state, error } = await run(code);
      expect({ status, state }).toEqual({ status: 'error', state: 'kept' });
      expect(error?.traceback.endsWith(end)).toBe(true);
    });

    it('whose str() loops is given up with the call', async () => {
      const looping = await run('x = 1\nclass E(Exception):\n  def __str__(self):\n    while True: pass\nraise E', { timeout_ms: 300 });
      expect(looping).toMatchObject({ status: 'timeout', state: 'kept', error: { type: 'E' } });
      expect(await value('x')).toBe('1');
    });

    it.each([
      ['sys.exit()', 'ok', 0],
      ['exit()', 'ok', 0],
      ['sys.exit(3)', 'error', 3],
      ['sys.exit("reason")', 'error', 1],
      ['sys.exit(10**400)', 'error', 255],
    ])('%s ends the cell and not the session', async (code, status, exitCode) => {
      expect(await run(`import sys; x = 1\n${code}`)).toMatchObject({ status, state: 'kept', exit: { code: exitCode } });
      expect(await value('x')).toBe('1');
    });
  });

  describe('the last value', () => {
    it.each([
      ['a string of 50 MB', '"x" * 50_000_000', /^'x+\n\.\.\. \[\d+ characters cut\] \.\.\.\nx+'$/],
      ['a list of a million', 'list(range(10**6))', /^\[0, 1, 2,[^]*items cut[^]* 999999\]$/],
      ['a list of long things', '["y" * 10**5] * 20_000', /^\['y+\n\.\.\. \[\d+ characters cut\]/],
      ['a dict of a hundred thousand', '{i: i for i in range(10**5)}', /^\{0: 0, [^]*characters cut[^]*99999: 99999\}$/],
    ])('is cut in the middle: %s', async (_name, code, shown) => {
      const { status, value: text } = await run(code);
      expect(status).toBe('ok');
      expect(text).toMatch(shown);
      expect(text?.length).toBeLessThan(66_000);
    });

    it.each([
      ['raises', 'raise KeyError("r")', { status: 'error', error: { type: 'KeyError' } }],
      ['returns no text', 'return 5', { status: 'error', error: { type: 'TypeError' } }],
      ['prints', 'print("p"); return "R"', { status: 'ok', value: 'R', stdout: 'p\n' }],
      ['deletes all variables', 'globals().clear(); return "R"', { status: 'ok', value: 'R' }],
      ['loops', 'while True: pass', { status: 'timeout', error: { type: 'KeyboardInterrupt' } }],
      ['is larger than memory', 'return "x" * 10**10', { status: 'error', error: { type: 'MemoryError' } }],
    ])('may have a repr() that %s', async (_name, body, outcome) => {
      expect(await run(`class R:\n  def __repr__(self):\n    ${body}\nR()`, { timeout_ms: 1000 })).toMatchObject({
        ...outcome,
        state: 'kept',
      });
    });
  });

  describe('input', () => {
    it('that is not there is an EOFError that says what to do', async () => {
      expect((await run('input("name? ")')).error).toMatchObject({ type: 'EOFError', message: expect.stringMatching(/into the code/) });
      expect(await value('import sys; sys.stdin.read()')).toBe("''");
    });

    it.each([
      ['input()', 'input() + input()', "'ab'"],
      ['sys.stdin.read()', 'import sys; sys.stdin.read()', "'a\\nb\\n'"],
      ['iteration', 'import sys; [line for line in sys.stdin]', "['a\\n', 'b\\n']"],
      ['descriptor 0', 'import os; os.read(0, 99)', "b'a\\nb\\n'"],
      ['a child process', 'import subprocess; subprocess.run(["cat"], capture_output=True).stdout', "b'a\\nb\\n'"],
    ])('that is given is read by %s', async (_name, code, read) => {
      expect((await run(code, { stdin: 'a\nb\n' })).value).toBe(read);
      expect((await run('input()')).error?.type).toBe('EOFError');
    });
  });

  describe('await', () => {
    it('works at the top level, and beside asyncio.run() in other cells', async () => {
      await run('import asyncio\nasync def seven():\n  await asyncio.sleep(0.001)\n  return 7');
      expect(await value('await seven()')).toBe('7');
      expect(await value('asyncio.run(seven())')).toBe('7');
      expect(await value('[await seven() for _ in range(2)]')).toBe('[7, 7]');
      expect((await run('await seven()', { style: 'script' })).error?.type).toBe('SyntaxError');
    });

    it('leaves tasks that stand still between calls and go on in the next cell that awaits', async () => {
      await run(
        'import asyncio\nlog = []\nasync def tick():\n  while True:\n    log.append(1)\n    await asyncio.sleep(0.005)\n' +
          'task = asyncio.create_task(tick()); await asyncio.sleep(0.03)',
      );
      const before = Number(await value('len(log)'));
      expect(before).toBeGreaterThan(1);
      expect(Number(await value('import time; time.sleep(0.05); len(log)'))).toBe(before);
      expect(Number(await value('await asyncio.sleep(0.03); len(log)'))).toBeGreaterThan(before);
    });

    it.each([
      ['waits', 'await asyncio.sleep(60)'],
      ['computes', 'await asyncio.sleep(0)\nwhile True: pass'],
      ['waits for a task that computes', 'async def f():\n  while True: pass\nasyncio.create_task(f()); await asyncio.sleep(60)'],
      ['will not be cancelled', 'while True:\n  try: await asyncio.sleep(60)\n  except asyncio.CancelledError: pass'],
    ])('is interrupted with its variables kept when it %s', async (_name, code) => {
      await run('import asyncio; x = 1');
      expect(await run(code, { timeout_ms: 200 })).toMatchObject({
        status: 'timeout',
        state: 'kept',
        error: { type: 'KeyboardInterrupt' },
      });
      expect(await value('await asyncio.sleep(0); x')).toBe('1');
    });

    it('does not stand in the way of going back after a hard kill', async () => {
      await run('import asyncio; await asyncio.sleep(0); x = 1');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await run('import os; os._exit(1)')).toMatchObject({ status: 'killed', state: 'restored' });
      expect(await value('await asyncio.sleep(0); x')).toBe('1');
    });
  });

  describe('figures', () => {
    beforeEach(() => run('import matplotlib.pyplot as plt, numpy as np'));

    it('that are open at the end of a cell come back as PNG and are closed', async () => {
      const drawn = await run('plt.plot([1, 2]); plt.figure(figsize=(2, 1)); plt.plot([3]);');
      expect(drawn.images).toEqual([
        { media_type: 'image/png', width: 640, height: 480, data: expect.stringMatching(PNG) },
        { media_type: 'image/png', width: 200, height: 100, data: expect.stringMatching(PNG) },
      ]);
      expect(await run('plt.get_fignums()')).toMatchObject({ value: '[]', images: [] });
    });

    it('are handed over by plt.show(), so that the next plot is another figure', async () => {
      const { images, stderr } = await run('plt.plot([1]); plt.show(); plt.plot([2]); plt.show()');
      expect({ count: images.length, stderr }).toEqual({ count: 2, stderr: '' });
    });

    it('come back from a cell that failed, and as the last value', async () => {
      expect(await run('fig = plt.figure(); plt.plot([1]); 1 / 0')).toMatchObject({ status: 'error', images: [{ width: 640 }] });
      expect(await run('fig')).toMatchObject({ value: '<Figure size 640x480 with 1 Axes>', images: [{ width: 640 }] });
      expect(await run('from PIL import Image; Image.new("RGB", (50, 40))')).toMatchObject({ images: [{ width: 50, height: 40 }] });
    });

    it.each([
      ['a hundred of them', 'for i in range(100): plt.figure(figsize=(1, 1)); plt.plot([i])', 8, /92 more figures/],
      ['30,000 × 30,000 pixels', 'plt.figure(figsize=(300, 300)); plt.plot([1, 2]);', 1, /^$/],
      ['a width that is no size', 'plt.figure(figsize=(1e9, 1)); plt.plot([1]);', 0, /not shown: figure 1/],
      ['a text far outside', 'plt.rcParams["savefig.bbox"] = "tight"; plt.text(1e7, 1e7, "x");', 1, /^$/],
      ['a broken canvas', 'plt.figure().savefig = None; plt.plot([1]); plt.figure(); plt.plot([1]);', 1, /not shown: figure 1: TypeError/],
      ['a formula that can not be set', 'plt.plot([1]); plt.title(r"$\\frac{$");', 0, /not shown: figure 1: ValueError/],
    ])(
      'cost a bounded amount, whatever they are: %s',
      async (_name, code, count, note) => {
        const { status, state, images, stderr } = await run(code, { timeout_ms: 30_000 });
        expect({ status, state, count: images.length }).toEqual({ status: 'ok', state: 'kept', count });
        expect(stderr.replace(/.*RuntimeWarning[^]*?\n.*\n/, '')).toMatch(note);
        for (const { width, height, data } of images) {
          expect(width * height).toBeLessThanOrEqual(16_000_000);
          expect(data.length).toBeLessThan(1.4 * 2 ** 20);
        }
      },
      60_000,
    );
  });

  describe('a program that breaks its own interpreter', () => {
    it.each([
      ['builtins', 'import builtins; builtins.len = builtins.print = builtins.__import__ = None; del builtins.isinstance'],
      ['streams', 'import sys; sys.stdout = sys.stderr = sys.stdin = None'],
      ['descriptors', 'import os; [os.close(n) for n in (0, 1, 2)]'],
      ['closed streams', 'import sys; sys.stdout.close(); sys.__stdout__.close()'],
      ['json', 'import json; json.dumps = json.loads = None; json.JSONEncoder.default = None'],
      ['modules', 'import sys; sys.modules.clear()'],
      ['traceback', 'import traceback, linecache; traceback.TracebackException = None; linecache.cache.clear(); linecache.getline = None'],
      ['hooks', 'import sys; sys.excepthook = sys.displayhook = sys.__excepthook__ = None'],
      ['tracing', 'import sys\ndef t(*a): raise RuntimeError("traced")\nsys.settrace(t); sys.setprofile(t)'],
      ['a small stack', 'import sys; sys.setrecursionlimit(30)'],
      ['garbage', 'import gc; gc.disable(); [setattr(o, "x", 1) for o in gc.get_objects() if type(o).__name__ == "_Session"]'],
      ['threads', 'import threading; threading.excepthook = None; threading.Thread(target=lambda: 1 / 0).start()'],
      ['names', 'globals().clear()'],
    ])('can go on: %s', async (_name, code) => {
      expect(['kept', 'restored']).toContain((await run(code)).state);
      expect(await run('x = 20 + 1; x')).toMatchObject({ status: 'ok', state: 'kept', value: '21' });
      expect((await run('1 / 0')).error).toMatchObject({ type: 'ZeroDivisionError', message: 'division by zero' });
    });
  });

  describe('source text', () => {
    it.each([
      ['NUL', 'x = "a\0b"', 'ValueError'],
      ['a lone surrogate', 'x = "\ud800"', /UnicodeEncodeError|^$/],
      ['100,000 brackets', '('.repeat(100_000), 'SyntaxError'],
      ['100,000 signs', `${'-'.repeat(100_000)}1`, 'MemoryError'],
      ['200,000 additions', `1${'+1'.repeat(200_000)}`, 'RecursionError'],
    ])('with %s is an error and not a crash', async (_name, code, type) => {
      const { state, error } = await run(code);
      expect(state).toBe('kept');
      expect(error?.type ?? '').toMatch(type);
    });

    it('of five megabytes runs, or is an error when that takes more memory than there is', async () => {
      expect(await value(`z = "${'q'.repeat(4_900_000)}"\nlen(z)`)).toBe('4900000');
      expect(await run(`${'x = 1\n'.repeat(200_000)}y = 2`, { timeout_ms: 30_000 })).toMatchObject({ status: 'ok', state: 'kept' });
      expect(await value('x + y')).toBe('3');
      const { state, error } = await run('x = 1\n'.repeat(800_000), { timeout_ms: 30_000 });
      expect({ state, type: error?.type ?? 'MemoryError' }).toEqual({ state: 'kept', type: 'MemoryError' });
    }, 90_000);

    it('may begin with a byte order mark and end its lines in any way', async () => {
      expect(await value('\ufeffx = 1\r\ny = 2\rx + y')).toBe('3');
    });
  });

  describe('random numbers', () => {
    it('differ between two sessions', async () => {
      const other = await server.open();
      for (const draw of [
        'import random; random.random()',
        'import numpy; numpy.random.rand()',
        'import sympy.core.random as r; r.rng.random()',
      ]) {
        expect(await value(draw)).not.toBe((await server.execute(other, draw)).value);
      }
      await server.close(other);
    });
  });

  describe('packages', () => {
    it('that the server lists can be imported under the name it gives', async () => {
      const { packages } = await server.capabilities();
      const names = packages.map(({ name, import: module }) => module ?? name.toLowerCase().replaceAll('-', '_'));
      expect(names).toEqual(expect.arrayContaining(['numpy', 'sympy', 'gmpy2', 'scipy', 'pandas', 'sklearn', 'PIL', 'bs4', 'z3', 'yaml']));
      const failing = await run(
        `import importlib\nfailing = {}\nfor name in ${JSON.stringify(names)}:\n  try: importlib.import_module(name)\n` +
          '  except Exception as error: failing[name] = repr(error)\nfailing',
        { timeout_ms: 60_000 },
      );
      expect(failing.value).toBe('{}');
    }, 90_000);

    it.each([
      [
        'pulp',
        'import pulp; p = pulp.LpProblem("p", pulp.LpMaximize); x = pulp.LpVariable("x", 0, 4); p += x; p.solve(pulp.PULP_CBC_CMD(msg=0)); x.value()',
        '4.0',
      ],
      ['z3', 'import z3; a = z3.Int("a"); s = z3.Solver(); s.add(a * a == 49, a > 0); s.check(); s.model()[a]', '7'],
      ['sklearn', 'from sklearn.linear_model import LinearRegression as L; round(float(L().fit([[0], [1]], [0, 2]).coef_[0]), 6)', '2.0'],
      ['sympy on gmpy2', 'import sympy; sympy.isprime(2**127 - 1), sympy.external.gmpy.GROUND_TYPES', "(True, 'gmpy')"],
      [
        'requests',
        'import requests\ntry: requests.get("http://example.com")\nexcept requests.ConnectionError: r = "refused"\nr',
        "'refused'",
      ],
    ])(
      'work: %s',
      async (_name, code, shown) => {
        expect(await run(code, { timeout_ms: 30_000 })).toMatchObject({ error: null, value: shown });
      },
      40_000,
    );
  });

  describe('files', () => {
    const at = (path: string) => `/v1/sessions/${session}/files/${path}`;
    const list = async () => (await server.call<SessionFiles>('GET', `/v1/sessions/${session}/files`)).body;
    const put = async (path: string, body: string) => (await server.send('PUT', at(path), { body })).statusCode;
    const get = async (path: string) => {
      const { statusCode, body } = await server.send('GET', at(path));
      return { status: statusCode, text: await body.text() };
    };

    it('travel both ways, into folders that are made for them', async () => {
      expect(await put('data/in%20put.csv', 'a,b\n1,2\n')).toBeLessThan(300);
      expect(await value('open("/tmp/data/in put.csv").read()')).toBe("'a,b\\n1,2\\n'");
      await run('open("out.txt", "w").write("made"); import matplotlib.pyplot');
      expect(await get('out.txt')).toEqual({ status: 200, text: 'made' });
      expect(await list()).toMatchObject({
        files: [
          { path: 'data/in put.csv', size: 8 },
          { path: 'out.txt', size: 4 },
        ],
        is_truncated: false,
      });
      await server.send('DELETE', at('out.txt'));
      expect((await get('out.txt')).status).toBe(404);
    });

    it('are never what a link, a pipe or a folder leads to', async () => {
      await run(
        'import os; os.symlink("/etc", "etc"); os.symlink("/etc/passwd", "passwd"); os.symlink("/opt/interleave/packages.json", "loop")\n' +
          'os.mkfifo("pipe"); os.mkdir("folder"); os.makedirs("a/b"); os.symlink("/etc", "a/b/c")\n' +
          'import socket; s = socket.socket(socket.AF_UNIX); s.bind("socket")',
      );
      for (const path of ['etc/passwd', 'passwd', 'loop', 'pipe', 'folder', 'socket', 'a/b/c/passwd']) {
        const { status, text } = await get(path);
        expect({ path, isRefused: status >= 400 && status < 500, isLeaked: text.includes('root:') }).toEqual({
          path,
          isRefused: true,
          isLeaked: false,
        });
        expect(await put(path, 'x')).toBeGreaterThanOrEqual(400);
      }
      expect((await list()).files).toEqual([]);
    });

    it('that are too large, too deep or oddly named are refused or left out, and the list says so', async () => {
      await run(
        'import os; f = open("sparse", "wb"); f.truncate(60 << 20); f.close(); open(b"\\xc3.txt", "w"); os.makedirs("/".join("d" * 20))\n' +
          'open("/".join("d" * 20) + "/deep", "w"); open("q\\"\\\\\\n.txt", "w")',
      );
      const { files, is_truncated } = await list();
      expect(files.map(({ path }) => path)).toEqual(['q"\\\n.txt', 'sparse']);
      expect({ is_truncated, size: files[1]?.size }).toEqual({ is_truncated: true, size: 60 * 2 ** 20 });
      expect((await get('sparse')).status).toBe(413);
    });

    it('that fill the disk are an error, and those there stay as they are', async () => {
      await put('kept', 'old');
      await run('f = open("filler", "wb")\ntry:\n  while True: f.write(bytes(1 << 20))\nexcept OSError: f.close()');
      expect(await put('kept', 'x'.repeat(2 ** 20))).toBe(413);
      expect(await get('kept')).toEqual({ status: 200, text: 'old' });
      expect((await list()).files.map(({ path }) => path)).toEqual(['filler', 'kept']);
    });
  });
});
