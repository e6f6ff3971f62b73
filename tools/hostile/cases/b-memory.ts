import { ANYTHING, ends, FINE, one, OUT_OF_MEMORY, raises } from './expectations';
import type { Expected, HostileCase } from './hostile-case';
import { py } from './python-text';

const MEMORY_ERROR: Expected = raises('MemoryError', 'OverflowError');
const LATE = 20_000;
/** gVisor counts memory as a whole: its kernel is killed with the program, and the sandbox is gone. */
const OR_LOST: Expected = {
  status: ['oom', 'killed', 'error', 'timeout', 'lost'],
  state: ['kept', 'restored', 'reset'],
  error: undefined,
  exit: undefined,
  peakMibBelow: undefined,
};

const HOG = py`
  import mmap, os, time
  def hog(mebibytes):
      block = mmap.mmap(-1, mebibytes << 20)
      for place in range(0, len(block), 4096): block[place] = 1
      return block
`;

export const MEMORY: readonly HostileCase[] = [
  ...(
    [
      ['ten GiB of bytes', 'x = bytearray(10 << 30)'],
      ['a list of 2 GiB', 'x = [0] * (256 * 2**20)'],
      ['a hundred thousand million characters', 'x = "x" * 10**11'],
      ['an enormous shift', 'x = 1 << (1 << 36)'],
      ['zeros for ever', 'x = list(__import__("itertools").repeat(0))'],
      ['one MiB after the other', 'x = []\nwhile True: x.append(bytearray(1 << 20))'],
      ['a dictionary without end', 'x = {}\nfor i in iter(int, 1): x[len(x)] = "v" * 1000'],
      ['a string that doubles', 'x = "x"\nwhile True: x += x'],
    ] as const
  ).map(([what, run]) =>
    one({
      row: 'B1',
      name: `wants ${what}`,
      exhausts: true,
      run,
      timeoutMs: LATE,
      expect: MEMORY_ERROR,
      on: { wasm: { status: ['error', 'oom', 'timeout'], state: ['kept', 'reset'], error: undefined }, runsc: OR_LOST },
    }),
  ),
  one({
    row: 'B1',
    name: 'wants an array of 3 GiB',
    needs: ['packages'],
    run: 'import numpy as np\nx = np.ones(3 << 27)',
    expect: raises('MemoryError', '_ArrayMemoryError'),
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B1',
    name: 'catches MemoryError and asks again, for ever',
    timeoutMs: 1500,
    run: py`
      kept = []
      while True:
          try: kept.append(bytearray(10 << 20))
          except MemoryError: pass`,
    expect: { status: 'timeout', state: ['kept', 'restored', 'reset'] },
    on: { wasm: { status: ['timeout', 'oom', 'error'] }, runsc: OR_LOST },
  }),
  {
    row: 'B1',
    name: 'fills its memory and lets go of it: the next call has room again',
    steps: [
      {
        run: 'x = []\nwhile True: x.append(bytearray(1 << 20))',
        timeoutMs: LATE,
        expect: MEMORY_ERROR,
        on: { wasm: { status: ['error', 'oom', 'timeout'], state: ['kept', 'reset'], error: undefined }, runsc: OR_LOST },
      },
      {
        run: 'x = None\nlen(bytearray(64 << 20))',
        timeoutMs: LATE,
        expect: { ...FINE, value: '67108864' },
        on: { wasm: { status: ['ok', 'error'], error: undefined, value: undefined }, runsc: { status: ['ok', 'lost'], value: undefined } },
      },
    ],
  },
  one({
    row: 'B2',
    name: 'outgrows the sandbox with memory that is shared',
    needs: ['memory-limit'],
    timeoutMs: LATE,
    run: `${HOG}\nkept = hog(900)`,
    expect: { ...OUT_OF_MEMORY, exit: { signal: 'SIGKILL' }, peakMibBelow: 600 },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B2',
    name: 'outgrows the sandbox with two processes together',
    needs: ['memory-limit', 'processes'],
    timeoutMs: LATE,
    run: `${HOG}
if os.fork() == 0:
    kept = hog(300)
    time.sleep(60)
kept = hog(600)
time.sleep(60)`,
    expect: OUT_OF_MEMORY,
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B2',
    name: 'outgrows it again and again',
    needs: ['memory-limit', 'processes'],
    timeoutMs: 4000,
    run: `${HOG}
for _ in range(100):
    if os.fork() == 0:
        kept = hog(900)
        os._exit(0)
    os.wait()
"alive"`,
    expect: { status: ['ok', 'oom', 'timeout'] },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B3',
    name: 'fills /tmp and /dev/shm to the brim',
    needs: ['disk-limit'],
    timeoutMs: LATE,
    run: py`
      import errno
      def fill(folder):
          for number in range(1000):
              try:
                  with open(f"{folder}/fill-{number}", "wb") as file:
                      for _ in range(40): file.write(bytes(1 << 20))
              except OSError as error: return errno.errorcode[error.errno]
      [fill("/tmp"), fill("/dev/shm"), fill("/tmp")]`,
    expect: { ...FINE, value: "['ENOSPC', 'ENOSPC', 'ENOSPC']" },
  }),
  one({
    row: 'B3',
    name: 'fills both and takes all memory on top',
    needs: ['disk-limit', 'memory-limit'],
    timeoutMs: LATE,
    run: `${HOG}
for folder in ("/tmp", "/dev/shm"):
    try:
        for number in range(1000): open(f"{folder}/{number}", "wb").write(bytes(1 << 20))
    except OSError: pass
kept = hog(900)`,
    expect: OUT_OF_MEMORY,
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B4',
    name: 'computes with as many threads as are reasonable: the limits do not get in its way',
    needs: ['packages', 'threads'],
    timeoutMs: LATE,
    // Each thread in OpenBLAS reserves a large buffer; where there is no room for one more it tries again for ever.
    run: py`
      import numpy as np, threading
      threads = [threading.Thread(target=lambda: np.linalg.inv(np.eye(200))) for _ in range(2)]
      for thread in threads: thread.start()
      for thread in threads: thread.join()
      float((np.ones((500, 500)) @ np.ones((500, 500)))[0, 0])`,
    expect: { ...FINE, value: '500.0' },
  }),
  one({
    row: 'B5',
    name: 'reserves a terabyte and touches it here and there',
    needs: ['memory-limit'],
    timeoutMs: LATE,
    run: py`
      import mmap
      block = mmap.mmap(-1, 1 << 40)
      for place in range(0, 1 << 40, 2 << 20): block[place] = 1`,
    expect: { status: ['oom', 'error'] },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B5',
    name: 'fills files in memory',
    needs: ['memory-limit', 'system-calls'],
    timeoutMs: LATE,
    run: py`
      import os
      files = []
      for number in range(200):
          files.append(os.memfd_create(f"f{number}"))
          for _ in range(48): os.write(files[-1], bytes(1 << 20))`,
    expect: { status: ['oom', 'error'] },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B5',
    name: 'fills pipes',
    needs: ['system-calls'],
    timeoutMs: LATE,
    run: py`
      import fcntl, os
      pipes, total = [], 0
      try:
          while True:
              pipes.append(os.pipe())
              os.set_blocking(pipes[-1][1], False)
              try: fcntl.fcntl(pipes[-1][1], 1031, 1 << 20)
              except OSError: pass
              try:
                  while True: total += os.write(pipes[-1][1], bytes(1 << 16))
              except BlockingIOError: pass
      except OSError: pass
      for pair in pipes: [os.close(end) for end in pair]
      total < 300 << 20`,
    expect: { status: ['ok', 'oom'] },
    on: { runsc: { status: ['ok', 'oom', 'killed', 'error', 'timeout', 'lost'] }, wasm: ANYTHING },
  }),
  one({
    row: 'B5',
    name: 'fills sockets',
    needs: ['system-calls'],
    timeoutMs: LATE,
    run: py`
      import socket
      pairs, total = [], 0
      try:
          while True:
              pairs.append(socket.socketpair())
              pairs[-1][0].setblocking(False)
              pairs[-1][0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
              try:
                  while True: total += pairs[-1][0].send(bytes(1 << 16))
              except BlockingIOError: pass
      except OSError: pass
      pairs.clear()
      total < 300 << 20`,
    expect: { status: ['ok', 'oom'] },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B5',
    name: 'passes sockets in sockets in sockets',
    needs: ['system-calls'],
    timeoutMs: 3000,
    run: py`
      import socket, array
      for _ in range(2000):
          outer = socket.socketpair()
          inner = socket.socketpair()
          try: outer[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [inner[0].fileno(), outer[1].fileno()]))])
          except OSError: pass`,
    expect: { status: ['ok', 'error', 'timeout'] },
    on: { runsc: { status: ['ok', 'error', 'timeout', 'lost', 'oom'] } },
  }),
  one({
    row: 'B5',
    name: 'maps the same memory a hundred thousand times',
    needs: ['system-calls'],
    timeoutMs: 5000,
    run: py`
      import mmap
      maps = []
      for _ in range(100_000):
          block = mmap.mmap(-1, 8192)
          block[0] = 1
          maps.append(block)
      len(maps)`,
    expect: { status: ['ok', 'error', 'oom', 'timeout'] },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B6',
    name: 'kills itself and would like it to be called out of memory',
    needs: ['signals', 'processes'],
    run: 'import os; os.kill(os.getpid(), 9)',
    expect: ends({ signal: 'SIGKILL' }),
  }),
  {
    row: 'B6',
    name: 'was out of memory once: the call after it is not called so',
    needs: ['memory-limit'],
    steps: [
      { run: `${HOG}\nkept = hog(900)`, timeoutMs: LATE, expect: OUT_OF_MEMORY, on: { runsc: OR_LOST } },
      { run: 'import os; os.kill(os.getpid(), 9)', expect: ends({ signal: 'SIGKILL' }), on: { runsc: { status: ['killed', 'lost'] } } },
    ],
    notOn: { runsc: 'a sandbox that is out of memory is gone there, so there is no call after it' },
  },
  one({ row: 'B7', name: 'calls itself without end', run: 'def f(): f()\nf()', expect: raises('RecursionError') }),
  one({
    row: 'B7',
    name: 'lifts the recursion limit and calls itself without end',
    timeoutMs: LATE,
    run: 'import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()',
    expect: { status: ['killed', 'oom', 'error', 'timeout'] },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'B7',
    name: 'overflows the stack of the C code',
    needs: ['system-calls'],
    timeoutMs: LATE,
    run: 'import sys\nsys.setrecursionlimit(10**8)\nimport json\njson.loads("[" * 10**7)',
    expect: { ...ends({ signal: ['SIGSEGV', 'SIGBUS'] }) },
    on: { runsc: { status: ['killed', 'lost'] } },
  }),
  one({
    row: 'B7',
    name: 'nests JSON a million deep',
    run: 'import json\njson.loads("[" * 10**6)',
    expect: raises('RecursionError'),
    on: { wasm: { status: ['error', 'killed'], state: ['kept', 'reset'], error: undefined } },
  }),
  one({
    row: 'B7',
    name: 'nests an expression a hundred thousand deep',
    run: 'eval("(" * 10**5)',
    expect: raises('SyntaxError', 'MemoryError', 'RecursionError'),
  }),
  one({
    row: 'B7',
    name: 'negates a number a million times',
    run: 'eval("-" * 10**6 + "1")',
    timeoutMs: LATE,
    expect: { status: ['error', 'killed'] },
  }),
  one({
    row: 'B7',
    name: 'nests a pattern a million deep',
    run: 'import re\nre.compile("(" * 10**6)',
    timeoutMs: LATE,
    expect: raises('RecursionError', 'error', 'PatternError', 'MemoryError'),
    on: { wasm: { status: ['error', 'killed'], state: ['kept', 'reset'], error: undefined } },
  }),
  one({
    row: 'B7',
    name: 'frees a tuple of two hundred thousand levels',
    run: 'x = None\nfor _ in range(200_000): x = (x,)\ndel x\n"freed"',
    expect: { ...FINE, value: "'freed'" },
    on: { wasm: { status: ['ok', 'killed'], state: ['kept', 'reset'], value: undefined } },
  }),
  one({
    row: 'B7',
    name: 'shows a list of two hundred thousand levels',
    run: 'x = []\nfor _ in range(200_000): x = [x]\nx',
    expect: raises('RecursionError'),
    on: { wasm: { status: ['error', 'killed', 'timeout'], state: ['kept', 'reset'], error: undefined } },
  }),
  one({
    row: 'B8',
    name: 'uses what it may, next to a neighbour who needs some too',
    run: 'x = bytearray(250 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\nlen(x)',
    timeoutMs: LATE,
    expect: FINE,
    notOn: { wasm: 'its default memory is smaller' },
  }),
  one({
    row: 'B9',
    name: 'hopes for swap',
    needs: ['memory-limit'],
    timeoutMs: LATE,
    run: `${HOG}\nkept = [hog(100) for _ in range(20)]\ntime.sleep(5)`,
    expect: { ...OUT_OF_MEMORY, peakMibBelow: 600 },
    on: { runsc: OR_LOST },
  }),
  one({
    row: 'B9',
    name: 'locks its memory',
    needs: ['system-calls'],
    run: 'import ctypes\nctypes.CDLL(None).mlockall(7)',
    expect: { ...FINE, value: '-1' },
    on: { runsc: { value: /^(-1|0)$/ } },
  }),
];
