import { ANYTHING, ENDED_AT_TIMEOUT, ends, FINE, INTERRUPTED, one, raises, valued } from './expectations';
import type { Expected, HostileCase, RequestStep } from './hostile-case';
import { py } from './python-text';

const LATE = 20_000;
const FLOODED: Expected = {
  status: ['output_limit', 'timeout'],
  state: ['kept', 'restored', 'reset'],
  truncated: true,
  textBelow: 2 * 2 ** 20 + 4096,
};
/** A frame of the kind that says how a call ended, as the host would read it from the supervisor. */
const FORGED = 'frame = b"\\x00\\x00\\x00\\x02\\x87\\x00\\x00\\x00\\x02{}"';

const execute = (
  body: RequestStep['body'],
  status: RequestStep['answers']['status'],
  more: Partial<RequestStep['answers']> = {},
): RequestStep => ({
  request: 'POST',
  path: '/v1/sessions/{session}/execute',
  ...(body !== undefined && { body }),
  headers: { 'content-type': 'application/json' },
  answers: { status, ...more },
});

const ruins = (name: string, run: string, needs: HostileCase['needs'] = []): HostileCase => ({
  row: 'G7',
  name,
  alone: true,
  ruinsItself: true,
  needs,
  steps: [
    { run, timeoutMs: 1500, expect: ANYTHING },
    { run: 'print("next")', timeoutMs: 1500, expect: ANYTHING },
    {
      in: 'next',
      run: 'import json; print("fine"); [6 * 7, json.loads("[1]")]',
      expect: { ...FINE, stdout: 'fine\n', value: '[42, [1]]' },
    },
  ],
});

export const OUTPUT: readonly HostileCase[] = [
  one({ row: 'G1', name: 'prints without end', timeoutMs: LATE, run: 'while True: print("x" * 1000)', expect: FLOODED }),
  one({
    row: 'G1',
    name: 'prints without end in single characters',
    timeoutMs: 1500,
    run: 'import sys\nwhile True:\n  sys.stdout.write("x")\n  sys.stdout.flush()',
    expect: { status: ['timeout', 'output_limit'] },
  }),
  one({
    row: 'G1',
    name: 'has children print without end',
    needs: ['processes'],
    timeoutMs: LATE,
    run: 'import subprocess\nfor _ in range(4): subprocess.Popen(["sh", "-c", "yes | cat"])\nimport time; time.sleep(100)',
    expect: FLOODED,
  }),
  one({
    row: 'G1',
    name: 'prints much and ends: head and tail are kept, and how much is missing',
    timeoutMs: LATE,
    run: 'for i in range(600_000): print(i)',
    expect: { ...FINE, truncated: true, stdout: /^0\n1\n[^]*599999\n$/, textBelow: 2 * 2 ** 20 },
    // A line is a system call, which takes so long there that the time may be over before.
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'G1',
    name: 'prints more than the call allows to be kept',
    timeoutMs: LATE,
    maxOutputBytes: 2000,
    run: 'print("x" * 100_000)',
    expect: { ...FINE, truncated: true, textBelow: 4000 },
  }),
  one({
    row: 'G2',
    name: 'floods its errors',
    timeoutMs: LATE,
    run: 'import sys\nwhile True: sys.stderr.write("e" * 10000)',
    expect: FLOODED,
  }),
  one({
    row: 'G2',
    name: 'floods both, alternating',
    timeoutMs: LATE,
    run: 'import sys\nwhile True:\n  sys.stdout.write("o" * 100 + "\\n")\n  sys.stderr.write("e" * 100 + "\\n")',
    expect: FLOODED,
  }),
  one({
    row: 'G2',
    name: 'prints one line of a hundred MiB',
    timeoutMs: LATE,
    run: 'for _ in range(100): print("l" * (1 << 20), end="")',
    expect: FLOODED,
  }),
  one({
    row: 'G2',
    name: 'draws progress bars and colours',
    run: 'for i in range(2000): print(f"\\r\\x1b[31m{i}\\x1b[0m", end="")',
    expect: { ...FINE, stdout: /1999/ },
  }),
  one({
    row: 'G3',
    name: 'writes bytes that are no text',
    run: 'import os; os.write(1, b"\\xff\\xfe\\x00\\xe2\\x82"); print(chr(0xd800))',
    expect: { ...FINE, stdout: /^\ufffd\ufffd\0\ufffd(\?|\ufffd+)\n$/ },
    on: { wasm: { stdout: undefined } },
  }),
  one({
    row: 'G3',
    name: 'prints separators, marks and NUL',
    run: 'print("\\u2028\\u2029\\ufeff\\x00\\x85\\u202e")',
    expect: { ...FINE, stdout: '\u2028\u2029\ufeff\0\u0085\u202e\n' },
  }),
  one({
    row: 'G3',
    name: 'cuts a character at the edge of every chunk',
    run: 'import os\nos.write(1, b"a" + "€".encode() * 50_000)',
    expect: { ...FINE, stdout: /^a€+$/ },
  }),
  one({ row: 'G3', name: 'has a lone surrogate as its value', run: '"\\ud800" + "\\udfff"', expect: { ...FINE, value: /ud800/ } }),
  one({
    row: 'G3',
    name: 'raises an exception with surrogates and NUL',
    run: 'raise ValueError("\\ud800\\x00\\xff")',
    expect: raises('ValueError'),
  }),
  one({
    row: 'G4',
    name: 'has a traceback of ten thousand frames',
    timeoutMs: LATE,
    run: 'import sys\nsys.setrecursionlimit(10**5)\ndef f(n):\n  if n: f(n - 1)\n  else: raise ValueError\nf(10000)',
    expect: { status: ['error', 'killed', 'timeout'], traceback: /^[^]{0,70000}$/ },
    on: { wasm: { status: ['error', 'killed', 'timeout'], traceback: undefined } },
  }),
  one({
    row: 'G4',
    name: 'has a message of ten MB',
    timeoutMs: LATE,
    run: 'raise ValueError("m" * 10**7)',
    expect: { ...raises('ValueError'), message: /^[^]{1,20000}$/ },
  }),
  one({
    row: 'G4',
    name: 'has a message that can’t be told',
    run: 'class E(Exception):\n  def __str__(self): raise RuntimeError\n  __repr__ = __str__\nraise E',
    expect: raises('E'),
  }),
  one({
    row: 'G4',
    name: 'has a message that is no text',
    run: 'class E(Exception):\n  def __str__(self): return 7\nraise E',
    expect: raises('E'),
  }),
  one({
    row: 'G4',
    name: 'has a message that takes for ever',
    timeoutMs: 800,
    run: 'class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E',
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'G4',
    name: 'has a message that prints and ends the process',
    run: 'import os\nclass E(Exception):\n  def __str__(self):\n    print("told", flush=True)\n    os._exit(0)\nraise E',
    expect: { ...ends({ code: 0 }), stdout: 'told\n' },
    on: { wasm: { exit: {} } },
  }),
  one({
    row: 'G4',
    name: 'has an exception that is its own cause',
    run: 'a, b = ValueError("a"), ValueError("b")\na.__cause__, b.__cause__ = b, a\nraise a',
    expect: raises('ValueError'),
  }),
  one({
    row: 'G4',
    name: 'has a type whose name lies',
    run: 'class Meta(type):\n  @property\n  def __name__(cls): raise SystemExit\n  __module__ = property(lambda cls: 1 / 0)\nclass E(Exception, metaclass=Meta): pass\nraise E',
    expect: { status: ['error', 'killed'] },
  }),
  one({
    row: 'G4',
    name: 'has notes without end',
    timeoutMs: LATE,
    run: 'e = ValueError("x")\nfor _ in range(10**5): e.add_note("n" * 100)\nraise e',
    expect: { ...raises('ValueError'), traceback: /^[^]{1,70000}$/ },
  }),
  one({
    row: 'G4',
    name: 'raises a group of a hundred thousand',
    timeoutMs: LATE,
    run: 'raise ExceptionGroup("g", [ValueError(i) for i in range(10**5)])',
    expect: { ...raises('ExceptionGroup'), traceback: /^[^]{1,70000}$/ },
  }),
  one({
    row: 'G4',
    name: 'has source text of a MB in one line',
    timeoutMs: LATE,
    run: `x = "${'y'.repeat(1_000_000)}"; 1 / 0`,
    expect: { ...raises('ZeroDivisionError'), traceback: /^[^]{1,70000}$/ },
  }),
  one({
    row: 'G4',
    name: 'replaces the module that writes tracebacks',
    run: 'import traceback\ntraceback.TracebackException = None\ntraceback.format_exception = lambda *_: 1 / 0\n1 / 0',
    expect: { status: 'error', error: 'ZeroDivisionError' },
  }),
  one({
    row: 'G5',
    name: 'has a value of a GB',
    timeoutMs: LATE,
    run: 'class V:\n  def __repr__(self): return "v" * (1 << 30)\nV()',
    expect: { status: ['error', 'ok', 'oom'], value: /^[^]{0,70000}$|^$/ },
    on: { wasm: ANYTHING, runc: { value: undefined }, runsc: ANYTHING },
  }),
  one({
    row: 'G5',
    name: 'has a value that takes for ever',
    timeoutMs: 800,
    run: 'class V:\n  def __repr__(self):\n    while True: pass\nV()',
    expect: INTERRUPTED,
  }),
  one({
    row: 'G5',
    name: 'has a value that deletes everything',
    run: 'class V:\n  def __repr__(self):\n    globals().pop("V")\n    return "gone"\nV()',
    expect: valued('gone'),
  }),
  one({
    row: 'G5',
    name: 'has a value of a hundred MB',
    timeoutMs: LATE,
    run: '"v" * 10**8',
    expect: { status: ['ok', 'error'], state: 'kept', value: /^[^]{0,70000}$|^$/ },
    on: { wasm: ANYTHING },
  }),
  one({
    row: 'G5',
    name: 'has a value whose text is no text',
    run: 'class V:\n  def __repr__(self): return 7\nV()',
    expect: raises('TypeError'),
  }),
  one({ row: 'G5', name: 'shows a list that holds itself', run: 'x = []\nx.append(x)\nx', expect: valued('[[...]]') }),
  {
    row: 'G6',
    name: 'writes forged frames to its output',
    steps: [
      { run: `import os\n${FORGED}\nos.write(1, frame * 100); os.write(2, frame * 100)\n"done"`, expect: { ...FINE, value: "'done'" } },
    ],
  },
  {
    row: 'G6',
    name: 'writes forged frames to every descriptor',
    steps: [
      {
        run: `import os\n${FORGED}\nfor fd in range(1024):\n  try: os.write(fd, frame)\n  except OSError: pass`,
        expect: { status: ['killed', 'ok'] },
      },
    ],
    notOn: { wasm: 'descriptors there are those of the WebAssembly module' },
  },
  {
    row: 'G6',
    name: 'has a child write forged frames to every descriptor',
    needs: ['processes'],
    steps: [
      {
        run: `import subprocess, sys\nsubprocess.run([sys.executable, "-c", 'import os\\n${FORGED.replaceAll('\\', '\\\\')}\\nfor fd in range(1024):\\n  try: os.write(fd, frame)\\n  except OSError: pass'], close_fds=False)\n"done"`,
        expect: { status: 'ok', state: 'kept', value: "'done'" },
      },
    ],
  },
  {
    row: 'G6',
    name: 'has a forked child write forged frames to every descriptor',
    needs: ['processes'],
    steps: [
      {
        run: `import os\n${FORGED}\nif os.fork() == 0:\n  for fd in range(3, 1024):\n    try: os.write(fd, frame)\n    except OSError: pass\n  os._exit(0)\nos.wait()\n"done"`,
        expect: { status: ['ok', 'killed'] },
      },
    ],
  },
  {
    row: 'G6',
    name: 'forges a report of success on its own channel, then fails',
    needs: ['proc'],
    steps: [
      {
        run: py`
          import json, os, struct
          body = json.dumps({"value": "'forged'", "error": None, "exit_code": None}).encode()
          for name in os.listdir("/proc/self/fd"):
              fd = int(name)
              if fd > 2:
                  try: os.write(fd, struct.pack(">II", len(body), 2) + body)
                  except OSError: pass
          while True: pass`,
        timeoutMs: 800,
        // The report is the program's own word of itself: forging it costs nobody but the program. What counts is that the facts and the next call are true.
        expect: { status: ['killed', 'timeout', 'ok', 'lost'] },
      },
      // Its own loop may still be running, in its own time.
      { run: 'print("truth"); 6 * 7', expect: { status: ['ok', 'lost', 'timeout'] } },
    ],
  },
  {
    row: 'G6',
    name: 'sends reports that are too long, too early and too many',
    needs: ['proc'],
    steps: [
      {
        run: py`
          import os, struct
          for name in os.listdir("/proc/self/fd"):
              fd = int(name)
              if fd > 2:
                  try:
                      os.set_blocking(fd, False)
                      for _ in range(1000): os.write(fd, struct.pack(">II", 0xffffffff, 0) * 1000)
                  except OSError: pass
          "done"`,
        timeoutMs: 2000,
        expect: { status: ['killed', 'timeout', 'ok', 'lost'] },
      },
      { run: '6 * 7', expect: { status: ['ok', 'lost'], value: '42' } },
    ],
  },
  {
    row: 'G6',
    name: 'reads the requests that are meant for it',
    needs: ['proc', 'threads'],
    steps: [
      {
        run: py`
          import os, threading
          stolen = []
          def steal(fd):
              try:
                  while True: stolen.append(os.read(fd, 65536))
              except OSError: pass
          for name in os.listdir("/proc/self/fd"):
              if int(name) > 2: threading.Thread(target=steal, args=(int(name),), daemon=True).start()`,
        expect: { status: ['ok', 'killed', 'error'] },
      },
      { run: '6 * 7', timeoutMs: 1000, expect: ANYTHING },
      { run: '6 * 7', timeoutMs: 1000, expect: ANYTHING },
      { in: 'next', run: '6 * 7', expect: valued('42') },
    ],
    ruinsItself: true,
  },
  one({
    row: 'G6',
    name: 'writes to the supervisor’s streams through /proc',
    needs: ['proc'],
    run: `${FORGED}\nn = 0\nfor fd in range(64):\n  try: open(f"/proc/1/fd/{fd}", "wb").write(frame)\n  except OSError: n += 1\nn`,
    expect: valued('64'),
  }),
  one({
    row: 'G6',
    name: 'looks for the socket that the host speaks through',
    needs: ['proc', 'system-calls'],
    run: py`
      import os, socket
      named = [line.split()[7] for line in open("/proc/net/unix").read().splitlines()[1:] if len(line.split()) > 7]
      reached = []
      for name in [*named, *(f"/proc/1/fd/{fd}" for fd in range(256)), *(f"/proc/self/fd/{fd}" for fd in range(256))]:
          for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
              with socket.socket(socket.AF_UNIX, kind) as door:
                  try: door.connect("\0" + name[1:] if name.startswith("@") else name)
                  except OSError: continue
                  reached.append(name)
      reached`,
    expect: valued('[]'),
  }),
  {
    row: 'G6',
    name: 'puts a socket of its own where the host’s had a name, and listens',
    needs: ['system-calls'],
    steps: [
      {
        run: py`
          import os, socket
          door = socket.socket(socket.AF_UNIX)
          door.bind("/tmp/.line")
          door.listen(8)
          door.settimeout(1)
          try: heard = door.accept()
          except TimeoutError: heard = None
          heard`,
        expect: FINE,
      },
      { run: 'heard is None', expect: valued('True') },
      { in: 'next', run: 'import os; os.path.lexists("/tmp/.line")', expect: valued('False') },
    ],
  },
  ruins('closes all descriptors', 'import os; os.closerange(0, 65536)'),
  ruins('puts one descriptor over all others', 'import os\nfor fd in range(256):\n  try: os.dup2(1, fd)\n  except OSError: pass', [
    'system-calls',
  ]),
  ruins('sets its output to None', 'import sys\nsys.stdout = sys.stderr = sys.__stdout__ = sys.stdin = None'),
  ruins(
    'replaces its output by something that raises',
    'import sys\nclass Bad:\n  def __getattr__(self, name): raise RuntimeError(name)\nsys.stdout = sys.stderr = Bad()',
  ),
  ruins('breaks the builtins', 'import builtins\nfor name in list(vars(builtins)):\n  if name != "setattr": setattr(builtins, name, None)'),
  ruins('deletes the builtins', 'import builtins\nvars(builtins).clear()'),
  ruins('has no more imports', 'import builtins\nbuiltins.__import__ = None'),
  ruins('empties the module table', 'import sys; sys.modules.clear()'),
  ruins(
    'replaces json and os in place',
    'import json, os\njson.dumps = json.loads = lambda *_, **__: 1 / 0\nos.write = os.read = os.fork = os.getpid = os._exit = lambda *_: 0',
  ),
  ruins(
    'traces everything',
    'import sys, threading\ndef trace(*_):\n  raise RuntimeError("trace")\nthreading.settrace(trace)\nsys.settrace(trace)\nsys.setprofile(trace)',
  ),
  ruins('audits everything', 'import sys\ndef hook(event, args):\n  raise RuntimeError(event)\nsys.addaudithook(hook)'),
  ruins(
    'hunts for our objects and breaks them',
    py`
    import gc, types
    for found in gc.get_objects():
        try:
            if isinstance(found, types.FrameType):
                for name in list(found.f_locals): found.f_globals[name] = None
            elif isinstance(found, dict) and "_request" in found: found.clear()
        except BaseException: pass`,
  ),
  ruins(
    'walks up to the frames that called it and empties their globals',
    'import sys\nframe = sys._getframe()\nwhile frame:\n  caller = frame.f_back\n  frame.f_globals.clear()\n  frame = caller',
  ),
  ruins(
    'leaves handlers at every exit',
    'import atexit, sys, threading\ndef handler(*_):\n  while True: pass\natexit.register(handler)\nsys.excepthook = sys.unraisablehook = threading.excepthook = handler',
  ),
  ruins(
    'sets limits that leave nothing',
    'import resource\nfor name in dir(resource):\n  if name.startswith("RLIMIT_"):\n    try: resource.setrlimit(getattr(resource, name), (0, 0))\n    except (OSError, ValueError): pass',
    ['system-calls'],
  ),
  ruins('writes into its own code', 'import ctypes, os\nctypes.memset(id(os.read), 0, 64)', ['system-calls']),
  ruins('makes every integer another', 'import ctypes, sys\nctypes.memmove(id(7) + 24, id(8) + 24, 4)', ['system-calls']),
  ruins('takes its own debugger', 'breakpoint()'),
  one({
    row: 'G8',
    name: 'asks for input',
    run: 'input("name? ")',
    expect: { ...raises('EOFError'), stdout: 'name? ' },
    on: { wasm: { stdout: undefined } },
  }),
  one({ row: 'G8', name: 'reads its input to the end', run: 'import sys; sys.stdin.read()', expect: valued("''") }),
  one({ row: 'G8', name: 'reads descriptor 0', run: 'import os; os.read(0, 10)', expect: valued("b''"), on: { wasm: ANYTHING } }),
  one({
    row: 'G8',
    name: 'asks for a password',
    needs: ['system-calls'],
    run: 'import getpass; getpass.getpass()',
    expect: { status: 'error', state: 'kept', error: ['EOFError', 'OSError'] },
  }),
  one({
    row: 'G8',
    name: 'starts a debugger',
    run: 'import pdb; pdb.set_trace()\nx = 1',
    expect: { status: ['error', 'ok'], state: 'kept' },
  }),
  one({
    row: 'G8',
    name: 'is given input, and reads more than that',
    stdin: 'one\ntwo\n',
    run: 'a, b = input(), input()\ninput()',
    expect: raises('EOFError'),
  }),
  one({ row: 'G8', name: 'is given input and leaves it', stdin: 'left\n', run: 'None', expect: FINE }),
  {
    row: 'G9',
    name: 'comes as JSON that is none, or not ours',
    steps: [
      execute('{', 400),
      execute('', 400),
      execute('null', 400),
      execute('[]', 400),
      execute('"x"', 400),
      execute('{}', 400),
      execute('{"code": 1}', 400),
      execute('{"code": null}', 400),
      execute('{"code": ["print(1)"]}', 400),
      execute('{"code": "1", "timeout_ms": NaN}', 400),
      execute('{"code": "1", "timeout_ms": -1}', 400),
      execute('{"code": "1", "timeout_ms": 0}', 400),
      execute('{"code": "1", "timeout_ms": 1e400}', 400),
      execute('{"code": "1", "timeout_ms": 100000000}', 400),
      execute('{"code": "1", "timeout_ms": "5"}', 400),
      execute('{"code": "1", "max_output_bytes": -5}', 400),
      execute('{"code": "1", "max_output_bytes": 99999999999}', 400),
      execute('{"code": "1", "memory_mib": 1e9}', 400),
      execute('{"code": "1", "memory_mib": 0}', 400),
      execute('{"code": "1", "style": "rude"}', 400),
      execute('{"code": "1", "stdin": 5}', 400),
    ],
  },
  {
    row: 'G9',
    name: 'comes as JSON of a million levels',
    steps: [
      execute(() => '['.repeat(10 ** 6), 400),
      execute(() => `{"code":${'['.repeat(10 ** 6)}${']'.repeat(10 ** 6)}}`, 400),
      execute(() => `${'{"a":'.repeat(10 ** 5)}1${'}'.repeat(10 ** 5)}`, 400),
    ],
  },
  { row: 'G9', name: 'comes with a body of a hundred MB', steps: [execute(() => `{"code":"${'x'.repeat(10 ** 8)}"}`, 413)] },
  { row: 'G9', name: 'comes with more code than is allowed', steps: [execute(() => `{"code":"${'#'.repeat(5_000_001)}"}`, [400, 413])] },
  {
    row: 'G9',
    name: 'comes with as much code as is allowed',
    steps: [{ run: `${'#'.repeat(4_999_990)}\n6*7`, timeoutMs: LATE, expect: valued('42') }],
  },
  {
    row: 'G9',
    name: 'comes with names that mean something elsewhere',
    steps: [
      execute('{"__proto__": {"code": "1"}, "code": "2"}', [200, 400]),
      execute('{"constructor": {"prototype": {"x": 1}}, "code": "2"}', [200, 400]),
      execute('{"code": "1", "code": "2"}', [200, 400]),
    ],
  },
  {
    row: 'G9',
    name: 'comes in a wrong coating',
    steps: [
      { ...execute('code=1', [400, 415]), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { ...execute('{"code":"1"}', [400, 415]), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      { ...execute('{"code":"1"}', [400, 415]), headers: { 'content-type': 'application/json', 'content-encoding': 'br, br, gzip' } },
      { ...execute(() => new Uint8Array([0xff, 0xfe, 0x7b, 0x00]), 400) },
    ],
  },
  one({ row: 'G9', name: 'holds NUL', run: 'x = 1\0', expect: raises('SyntaxError', 'ValueError') }),
  one({ row: 'G9', name: 'holds a lone surrogate', run: 'x = "\ud800"\n"fine"', expect: { status: ['ok', 'error'], state: 'kept' } }),
  one({ row: 'G9', name: 'claims an encoding', run: '# coding: utf-7\nx = 1\n"fine"', expect: { status: ['ok', 'error'], state: 'kept' } }),
  one({ row: 'G9', name: 'is empty', run: '', expect: FINE }),
  one({ row: 'G9', name: 'is one open bracket', run: '(', expect: raises('SyntaxError') }),
  one({
    row: 'G9',
    name: 'has a hundred thousand decorators, blocks and names',
    timeoutMs: LATE,
    run: py`
    for text in ("@x\n" * 10**5 + "def f(): pass", "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 200)) + " " * 200 + "pass", "=".join(f"a{i}" for i in range(10**5)) + "=1", "x" + "[0]" * 10**5):
        try: compile(text, "t", "exec")
        except (SyntaxError, MemoryError, RecursionError, NameError, ValueError): pass
    "compiled"`,
    expect: { status: ['ok', 'killed', 'error'] },
  }),
  one({
    row: 'G10',
    name: 'shows a figure',
    needs: ['packages'],
    timeoutMs: 30_000,
    run: 'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()',
    expect: { status: 'ok', state: 'kept', images: 1 },
    on: { runsc: {} },
  }),
  one({
    row: 'G10',
    name: 'leaves a hundred figures open',
    needs: ['packages'],
    timeoutMs: 60_000,
    run: 'import matplotlib.pyplot as plt\nfor i in range(100): plt.figure(figsize=(1, 1))',
    expect: { status: ['ok', 'timeout'], state: 'kept' },
  }),
  one({
    row: 'G10',
    name: 'draws a figure of 30 000 × 30 000 points',
    needs: ['packages'],
    timeoutMs: 30_000,
    run: 'import matplotlib.pyplot as plt\nplt.figure(figsize=(300, 300), dpi=100)\nplt.plot([1, 2])',
    expect: { status: ['ok', 'error', 'timeout', 'oom'] },
  }),
  one({
    row: 'G10',
    name: 'draws a figure of no size',
    needs: ['packages'],
    timeoutMs: 30_000,
    run: 'import matplotlib.pyplot as plt\nplt.figure(figsize=(1e-9, 1e9))\nplt.plot([1, float("nan")])',
    expect: { status: ['ok', 'error', 'timeout', 'oom'] },
  }),
  {
    row: 'G11',
    name: 'keeps an old output in its logger: it still arrives',
    steps: [
      {
        run: 'import logging, sys, warnings\nlogging.basicConfig(stream=sys.stdout, level=10)\nlogging.info("one")',
        expect: { ...FINE, stdout: 'INFO:root:one\n' },
      },
      { run: 'logging.info("two")\nwarnings.warn("careful")', expect: { ...FINE, stdout: 'INFO:root:two\n', stderr: /careful/ } },
    ],
  },
  {
    row: 'G11',
    name: 'closes its output: the next call has one',
    steps: [
      { run: 'import sys; sys.stdout.close(); sys.stderr.close()', expect: { status: ['ok', 'error'] } },
      { run: 'print("back")', expect: { ...FINE, stdout: 'back\n' } },
    ],
  },
  {
    row: 'G11',
    name: 'redirects its output: the next call has its own',
    needs: ['system-calls'],
    steps: [
      { run: 'import os\nos.dup2(os.open("/tmp/log", os.O_CREAT | os.O_WRONLY), 1)\nprint("away")', expect: { ...FINE, stdout: '' } },
      { run: 'print("back")', expect: { ...FINE, stdout: 'back\n' } },
    ],
  },
  one({
    row: 'G12',
    name: 'prints a pickle that would run a program',
    run: 'import os, pickle\nclass Bad:\n  def __reduce__(self): return os.system, ("touch /tmp/pwned",)\ndata = pickle.dumps(Bad())\nos.write(1, data)\ndata',
    expect: { ...FINE, value: /^b'/ },
    on: { wasm: ANYTHING }, // os.system is not what pickle takes it for
  }),
  one({
    row: 'G12',
    name: 'sends a pickle and marshalled code as its report',
    needs: ['proc'],
    // A forged report may be taken for the end of the call; the next one then meets what is left of the forgery, and says so.
    ruinsItself: true,
    timeoutMs: 1500,
    run: py`
    import marshal, os, pickle, struct
    class Bad:
        def __reduce__(self): return os.system, ("touch /tmp/pwned",)
    for body in (pickle.dumps(Bad()), marshal.dumps(compile("1", "x", "exec"))):
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2:
                try: os.write(int(name), struct.pack(">II", len(body), 2) + body)
                except OSError: pass`,
    expect: { status: ['killed', 'ok', 'timeout', 'lost', 'error'] },
  }),
  {
    row: 'G12',
    name: 'reports what is no JSON, or JSON of a wrong shape',
    needs: ['proc'],
    steps: [
      ...[
        '{',
        '[]',
        'null',
        '{"value": 7, "error": "x", "exit_code": {}}',
        '{"value": null, "error": {"type": 1}, "exit_code": 1e999}',
        `{"images": [{"data": "x"}], "value": "${'v'.repeat(100_000)}", "error": null, "exit_code": null}`,
      ].map((body) => ({
        run: py`
          import os, struct, json
          body = ${JSON.stringify(body)}.encode()
          own = [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]
          calls = int(__import__("inspect").currentframe().f_code.co_filename.strip("<>").split()[-1])
          for fd in own:
              try: os.write(fd, struct.pack(">II", len(body), calls) + body)
              except OSError: pass
          os._exit(0)`,
        timeoutMs: 2000,
        expect: { status: ['killed', 'ok', 'error', 'timeout', 'lost'] } satisfies Expected,
      })),
    ],
    ruinsItself: true,
  },
  one({
    row: 'G13',
    name: 'exits to look successful',
    run: 'import os\nprint("All tests passed", flush=True)\nos._exit(0)',
    expect: { status: 'killed', exit: { code: 0 }, stdout: 'All tests passed\n' },
    on: { wasm: { exit: {} } },
  }),
  one({
    row: 'G13',
    name: 'prints a result that looks like ours',
    run: 'print(\'{"status": "ok", "value": "42", "state": "kept"}\')\n1 / 0',
    expect: raises('ZeroDivisionError'),
  }),
  one({
    row: 'G13',
    name: 'turns back the clock',
    needs: ['system-calls'],
    timeoutMs: 500,
    run: 'import time\ntime.monotonic = time.time = lambda: 0\nwhile True: pass',
    expect: { ...INTERRUPTED },
  }),
  one({
    row: 'G13',
    name: 'claims less time than it took',
    run: 'import time\nreal = time.sleep\ntime.perf_counter = time.monotonic = time.time = lambda: 0.0\nreal(0.3)',
    expect: { ...FINE },
  }),
  one({
    row: 'G13',
    name: 'raises KeyboardInterrupt to look interrupted',
    run: 'raise KeyboardInterrupt',
    expect: { status: 'error', error: 'KeyboardInterrupt' },
  }),
  one({ row: 'G13', name: 'raises MemoryError to look starved', run: 'raise MemoryError', expect: raises('MemoryError') }),
];
