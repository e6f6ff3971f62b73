import { ANYTHING, ENDED_AT_TIMEOUT, ends, FINE, KILLED_AT_TIMEOUT, one, raises, valued } from './expectations';
import type { Expected, HostileCase, Step } from './hostile-case';
import { py } from './python-text';

/** gVisor: a limit of processes counts its own threads too, so a crowd may take the sandbox down; that must be said. */
const OR_LOST: Expected = { status: ['ok', 'error', 'timeout', 'killed', 'oom', 'lost'] };

const CAN_START_PROCESSES: Step = {
  run: 'import subprocess; subprocess.run(["echo", "hi"], capture_output=True).stdout',
  expect: { status: 'ok', value: "b'hi\\n'" },
  on: { runsc: { ...OR_LOST, value: undefined } },
};

/** Names of all processes but PID 1 and the session's own. */
const OTHERS = py`
  import os
  def others():
      found = []
      for pid in filter(str.isdigit, os.listdir("/proc")):
          try: name, state = open(f"/proc/{pid}/comm").read().strip(), open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
          except OSError: continue
          if state != "Z" and name.startswith("evil"): found.append(name)
      return found
`;
const NAME_ITSELF = 'open("/proc/self/comm", "w").write("evil")';

const ATTACK_SUPERVISOR: readonly (readonly [what: string, run: string, types: readonly string[]])[] = [
  ['reads its memory', 'open("/proc/1/mem", "rb")', ['PermissionError']],
  ['writes its memory', 'open("/proc/1/mem", "r+b")', ['PermissionError']],
  ['opens its stream to the host', 'import os; os.open("/proc/1/fd/1", os.O_WRONLY)', ['PermissionError']],
  ['lists its descriptors', 'import os; os.listdir("/proc/1/fd")', ['PermissionError']],
  ['reads its environment', 'open("/proc/1/environ", "rb").read()', ['PermissionError']],
  ['reads its map', 'open("/proc/1/maps").read()', ['PermissionError']],
  ['goes where it is', 'import os; os.listdir("/proc/1/cwd")', ['PermissionError']],
  ['has the kernel prefer it when memory ends', 'open("/proc/1/oom_score_adj", "w").write("1000")', ['PermissionError', 'OSError']],
  ['renames it', 'open("/proc/1/comm", "w").write("x")', ['PermissionError', 'OSError']],
  ['resets its counters', 'open("/proc/1/clear_refs", "w").write("5")', ['PermissionError', 'OSError', 'FileNotFoundError']],
  ['opens its threads', 'open("/proc/1/task/1/mem", "rb")', ['PermissionError', 'OSError']],
];

/** gVisor lets everyone see these, though open none of them: what can be seen must be worth nothing. */
const SHOWN_BY_GVISOR = /^(lists its descriptors|reads its environment|reads its map)$/;
const NOTHING_SECRET = /^(?![^]*(TOKEN|SECRET|PASSWORD|KEY))/;

/** A system call that must fail: the program shows what it answered. */
const refusedCall = (row: string, name: string, call: string): HostileCase =>
  one({
    row,
    name,
    needs: ['system-calls', 'x86-64'],
    run: `import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nbuffer = ctypes.create_string_buffer(64)\n${call}`,
    expect: valued('-1'),
  });

export const PROCESSES: readonly HostileCase[] = [
  ...(
    [
      ['until nothing is left', 'import os\nwhile True: os.fork()'],
      ['and goes on when nothing is left', 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'],
      ['that multiplies', 'import os\nfor _ in range(30): os.fork()'],
      ['of shells', 'import os\nos.system("bomb() { bomb | bomb & }; bomb")'],
      [
        'of sleepers that ignore everything',
        'import os, signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nwhile True:\n  try:\n    if os.fork() == 0:\n      os.setsid()\n      while True: time.sleep(1000)\n  except OSError: pass',
      ],
      [
        'of threads and processes',
        'import os, threading, time\nwhile True:\n  try:\n    os.fork()\n    threading.Thread(target=time.sleep, args=(100,)).start()\n  except (OSError, RuntimeError): pass',
      ],
    ] as const
  ).map(([how, run]): HostileCase => ({
    row: 'C1',
    name: `is a fork bomb ${how}`,
    needs: ['processes'],
    steps: [
      { run, timeoutMs: 700, expect: { status: ['error', 'timeout', 'ok', 'killed', 'oom'] }, on: { runsc: OR_LOST } },
      CAN_START_PROCESSES,
    ],
  })),
  {
    row: 'C1',
    name: 'is a fork bomb, after which the next session starts processes',
    needs: ['processes'],
    alone: true,
    steps: [
      {
        run: 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass',
        timeoutMs: 700,
        expect: { status: ['timeout', 'killed', 'oom'] },
        on: { runsc: OR_LOST },
      },
      { ...CAN_START_PROCESSES, in: 'next' },
    ],
  },
  one({
    row: 'C2',
    name: 'is a thread bomb',
    needs: ['threads'],
    run: 'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
    expect: raises('RuntimeError'),
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'C2',
    name: 'has no threads but the one',
    run: 'import threading\nthreading.active_count()',
    expect: valued('1'),
  }),
  {
    row: 'C3',
    name: 'starts a daemon that ignores everything: the next session does not meet it',
    needs: ['processes', 'proc'],
    alone: true,
    steps: [
      {
        run: py`
          import os, signal, time
          if os.fork() == 0:
              os.setsid()
              if os.fork() == 0:
                  for number in range(1, 65):
                      try: signal.signal(number, signal.SIG_IGN)
                      except (OSError, ValueError): pass
                  ${NAME_ITSELF}
                  os.closerange(0, 256)
                  open("/tmp/up", "w").close()
                  while True: pass
              os._exit(0)
          while not os.path.exists("/tmp/up"): time.sleep(0.01)`,
        expect: FINE,
      },
      { run: `${OTHERS}\nothers()`, expect: valued("['evil']") },
      { in: 'next', run: `${OTHERS}\nothers()`, expect: valued('[]') },
    ],
  },
  {
    row: 'C3',
    name: 'starts a daemon, then runs out of time: the daemon dies with the interrupted call',
    needs: ['processes', 'proc'],
    steps: [
      {
        run: py`
          import os
          if os.fork() == 0:
              os.setsid()
              ${NAME_ITSELF}
              while True: pass
          while True: pass`,
        timeoutMs: 500,
        expect: ENDED_AT_TIMEOUT,
      },
      { run: `${OTHERS}\nothers()`, expect: valued('[]') },
    ],
  },
  {
    row: 'C4',
    name: 'leaves a thread that counts: between calls it stands still',
    needs: ['threads'],
    steps: [
      {
        run: py`
          import threading, time
          n = 0
          def count():
              global n
              while True:
                  n += 1
                  time.sleep(0.001)
          threading.Thread(target=count, daemon=True).start()
          time.sleep(0.05)`,
        expect: FINE,
      },
      { run: 'seen = n', expect: FINE },
      { run: 'n - seen < 100', afterMs: 600, expect: valued('True') },
    ],
  },
  {
    row: 'C4',
    name: 'leaves a thread that ends the interpreter later: the call that it ends says so',
    needs: ['threads', 'processes'],
    steps: [
      {
        run: 'import os, threading, time\nthreading.Thread(target=lambda: (time.sleep(0.3), os._exit(3)), daemon=True).start()',
        expect: FINE,
      },
      { run: 'time.sleep(2)', afterMs: 500, expect: ends({ code: 3 }) },
    ],
  },
  {
    row: 'C4',
    name: 'leaves a thread that prints all the time: nothing of it comes before the next call’s own output is done',
    needs: ['threads'],
    steps: [
      {
        run: 'import threading, time\ndef shout():\n  while True:\n    print("late")\n    time.sleep(0.02)\nthreading.Thread(target=shout, daemon=True).start()',
        expect: { status: 'ok', state: 'kept' },
      },
      { run: 'import os; os._exit(0)', afterMs: 300, expect: { ...ends({ code: 0 }), stdout: /^(late\n)*$/, textBelow: 100 } },
    ],
  },
  {
    row: 'C4',
    name: 'leaves an exit handler: it prints into nobody’s call',
    alone: true,
    steps: [
      { run: 'import atexit; atexit.register(lambda: print("late")); 1', expect: valued('1') },
      { in: 'next', run: 'print("mine")', expect: { ...FINE, stdout: 'mine\n' } },
    ],
  },
  {
    row: 'C5',
    name: 'leaves a child that holds its output open and goes on writing',
    needs: ['processes'],
    steps: [
      {
        run: 'import subprocess\nchild = subprocess.Popen(["sh", "-c", "while :; do echo x; sleep 0.05; done"])\nprint("done")',
        expect: { ...FINE, stdout: /done\n/, wallMsBelow: 2000 },
        on: { runsc: { wallMsBelow: 6000 } },
      },
      // It goes on with the next call, whose output it then is: until the session ends it.
      { run: 'child.kill(); child.wait(); None', expect: FINE },
    ],
  },
  {
    row: 'C5',
    name: 'leaves a child that holds its output open and is silent',
    needs: ['processes'],
    steps: [
      {
        run: 'import subprocess\nchild = subprocess.Popen(["sleep", "1000"])\nprint("done")',
        expect: { ...FINE, stdout: 'done\n', wallMsBelow: 3000 },
      },
      { run: 'print("next")', expect: { ...FINE, stdout: 'next\n' } },
    ],
  },
  {
    row: 'C6',
    name: 'leaves a hundred orphans that end: none stays as a zombie',
    needs: ['processes', 'proc'],
    steps: [
      {
        timeoutMs: 30_000,
        run: py`
          import os
          for _ in range(100):
              try: child = os.fork()
              except BlockingIOError:
                  continue
              if child == 0:
                  try: os.fork()
                  finally: os._exit(0)
              os.waitpid(child, 0)`,
        expect: FINE,
        on: { runsc: { status: ['ok', 'timeout', 'lost'], state: undefined, error: undefined } },
      },
      {
        run: py`
          import os
          zombies = 0
          for pid in filter(str.isdigit, os.listdir("/proc")):
              try: zombies += open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] == "Z"
              except OSError: pass
          zombies`,
        expect: valued('0'),
        on: { runsc: { status: ['ok', 'lost'], state: undefined, error: undefined, value: undefined } },
      },
    ],
  },
  {
    row: 'C6',
    name: 'never waits for its children',
    needs: ['processes'],
    steps: [
      {
        run: 'import os\nfor _ in range(200):\n  try:\n    if os.fork() == 0: os._exit(0)\n  except OSError: break',
        timeoutMs: 10_000,
        expect: { status: ['ok', 'killed', 'error'] },
        on: { runsc: OR_LOST },
      },
      CAN_START_PROCESSES,
    ],
  },
  one({
    row: 'C7',
    name: 'sends the supervisor every signal there is',
    needs: ['processes', 'signals'],
    run: 'import os\nfor number in range(1, 65):\n  for _ in range(3):\n    try: os.kill(1, number)\n    except OSError: pass\n"sent"',
    expect: valued("'sent'"),
  }),
  one({
    row: 'C7',
    name: 'queues signals for the supervisor, with values',
    needs: ['system-calls', 'x86-64'],
    run: py`
      import ctypes, os
      libc = ctypes.CDLL(None)
      for number in (2, 15, 17, 34, 64):
          for _ in range(500): libc.sigqueue(1, number, ctypes.c_void_p(7))
      "sent"`,
    expect: valued("'sent'"),
  }),
  one({
    row: 'C7',
    name: 'kills everything it may',
    needs: ['processes', 'signals'],
    run: 'import os\nfor number in (15, 19, 9):\n  try: os.kill(-1, number)\n  except OSError: pass\n"alive"',
    expect: { status: ['ok', 'killed', 'timeout'] },
  }),
  one({
    row: 'C7',
    name: 'kills its own group',
    needs: ['processes', 'signals'],
    run: 'import os; os.killpg(0, 9)',
    expect: ends({ signal: 'SIGKILL' }),
  }),
  one({
    row: 'C7',
    name: 'ends the supervisor and asks it to continue, from a crowd',
    needs: ['processes', 'signals'],
    timeoutMs: 1000,
    run: py`
      import os
      for _ in range(4): os.fork()
      while True:
          for number in (9, 15, 18, 19, 2, 17):
              try: os.kill(1, number)
              except OSError: pass`,
    expect: { status: 'timeout' },
    // Sixteen processes may be more than the sandbox's memory has room for beside gVisor's own kernel.
    on: { runsc: { status: ['timeout', 'oom', 'lost'] } },
  }),
  ...ATTACK_SUPERVISOR.map(([what, run, types]) =>
    one({
      row: 'C8',
      name: `goes at the supervisor: ${what}`,
      needs: ['proc'],
      run,
      expect: raises(...types),
      ...(SHOWN_BY_GVISOR.test(what) && { on: { runsc: { status: ['ok', 'error'], error: undefined, value: NOTHING_SECRET } } }),
    }),
  ),
  refusedCall('C8', 'attaches to the supervisor', 'libc.ptrace(16, 1, 0, 0)'),
  refusedCall('C8', 'seizes the supervisor', 'libc.ptrace(0x4206, 1, 0, 0)'),
  refusedCall('C8', 'reads the supervisor’s memory with one call', 'libc.syscall(310, 1, buffer, 1, buffer, 1, 0)'),
  refusedCall('C8', 'writes the supervisor’s memory with one call', 'libc.syscall(311, 1, buffer, 1, buffer, 1, 0)'),
  refusedCall('C8', 'takes a descriptor of the supervisor', 'libc.syscall(438, libc.syscall(434, 1, 0), 1, 0)'),
  refusedCall('C8', 'compares its resources with the supervisor’s', 'libc.syscall(312, 1, os.getpid(), 0, 0, 0)'),
  {
    row: 'C9',
    name: 'escapes from its group and its parent, burning the CPU',
    needs: ['processes', 'proc'],
    steps: [
      {
        timeoutMs: 700,
        run: py`
          import ctypes, os, signal
          ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
          for _ in range(6):
              if os.fork() == 0:
                  os.setsid()
                  if os.fork() == 0:
                      os.setpgid(0, 0)
                      ${NAME_ITSELF}
                      for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
                      while True: pass
                  os._exit(0)
          while True: pass`,
        expect: ENDED_AT_TIMEOUT,
      },
      { run: `${OTHERS}\nothers()`, expect: valued('[]') },
    ],
  },
  one({
    row: 'C10',
    name: 'becomes another program',
    needs: ['processes'],
    run: 'import os; print("bye"); os.execv("/bin/echo", ["echo", "echoed"])',
    expect: { ...ends({ code: 0 }), stdout: 'bye\nechoed\n' },
  }),
  one({
    row: 'C10',
    name: 'becomes a program that waits for input',
    needs: ['processes'],
    run: 'import os; os.execv("/bin/cat", ["cat"])',
    expect: ends({ code: 0 }),
  }),
  one({
    row: 'C10',
    name: 'becomes a program that does not end',
    needs: ['processes'],
    timeoutMs: 500,
    run: 'import os; os.execv("/bin/sleep", ["sleep", "1000"])',
    expect: { status: 'timeout', state: ['restored', 'reset'] },
  }),
  one({
    row: 'C10',
    name: 'becomes another Python, which writes to all descriptors it finds',
    needs: ['processes'],
    run: py`
      import os, sys
      os.execv(sys.executable, [sys.executable, "-c", "import os\nfor fd in range(3, 1024):\n  try: os.write(fd, b'x' * 9)\n  except OSError: pass"])`,
    expect: ends({ code: 0 }),
  }),
  ...(
    [
      ['sys.exit()', 'import sys; sys.exit()', { status: 'ok', state: 'kept', exit: { code: 0 } }],
      ['exit()', 'exit()', { status: 'ok', state: 'kept' }],
      ['quit()', 'quit()', { status: 'ok', state: 'kept' }],
      ['SystemExit with a number', 'raise SystemExit(3)', { status: 'error', state: 'kept', exit: { code: 3 } }],
      ['SystemExit with a text', 'raise SystemExit("no more")', { status: 'error', state: 'kept', exit: { code: 1 } }],
      ['KeyboardInterrupt', 'raise KeyboardInterrupt', { status: 'error', state: 'kept', error: 'KeyboardInterrupt' }],
      ['GeneratorExit', 'raise GeneratorExit', { status: 'error', state: 'kept', error: 'GeneratorExit' }],
      ['an exception of no known kind', 'class Odd(BaseException): pass\nraise Odd("x")', { status: 'error', state: 'kept', error: 'Odd' }],
    ] satisfies readonly (readonly [string, string, Expected])[]
  ).map(([how, run, expect]) => one({ row: 'C11', name: `ends with ${how}`, run, expect })),
  one({
    row: 'C11',
    name: 'ends with os._exit(0)',
    run: 'import os; print("bye", flush=True); os._exit(0)',
    expect: { ...ends({ code: 0 }), stdout: 'bye\n' },
    on: { wasm: { exit: {} } },
  }),
  one({ row: 'C11', name: 'ends with os._exit(7)', run: 'import os; os._exit(7)', expect: ends({ code: 7 }), on: { wasm: { exit: {} } } }),
  one({
    row: 'C11',
    name: 'aborts',
    run: 'import os; print("bye"); os.abort()',
    expect: { ...ends({ signal: 'SIGABRT' }), stdout: 'bye\n' },
    on: { wasm: { status: ['killed', 'error'], state: ['kept', 'reset'], exit: undefined, stdout: /^bye\n/ } },
  }),
  one({
    row: 'C11',
    name: 'reads address zero',
    needs: ['system-calls'],
    run: 'import ctypes; print("bye"); ctypes.string_at(0)',
    expect: { ...ends({ signal: 'SIGSEGV' }), stdout: 'bye\n' },
  }),
  one({
    row: 'C11',
    name: 'terminates itself',
    needs: ['signals'],
    run: 'import os; os.kill(os.getpid(), 15)',
    expect: ends({ signal: 'SIGTERM' }),
  }),
  one({
    row: 'C11',
    name: 'exits in a thread',
    needs: ['threads'],
    run: 'import sys, threading\nt = threading.Thread(target=sys.exit)\nt.start()\nt.join()\n"alive"',
    expect: valued("'alive'"),
  }),
  one({
    row: 'C11',
    name: 'exits in a child that falls through to our code',
    needs: ['processes'],
    run: 'import os\nif os.fork() == 0: raise SystemExit(5)\nos.wait()\n"parent"',
    expect: { status: 'ok', state: 'kept', value: "'parent'" },
  }),
  one({
    row: 'C11',
    name: 'has a child fall through without an end',
    needs: ['processes'],
    run: 'import os\nchild = os.fork()\nif child: os.wait()\n"parent" if child else "child"',
    expect: { status: 'ok', state: 'kept', value: "'parent'" },
  }),
  one({
    row: 'C11',
    name: 'dies of a CPU limit that it set itself',
    needs: ['system-calls'],
    timeoutMs: 4000,
    run: 'import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass',
    expect: { status: ['killed', 'timeout'] },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'C11',
    name: 'kills itself by a seccomp filter of its own',
    needs: ['system-calls'],
    run: 'import ctypes\nctypes.CDLL(None).prctl(22, 1, 0, 0, 0)\nopen("/tmp/x", "w")',
    expect: { status: ['killed', 'error', 'ok'] },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'C11',
    name: 'ends by a signal at an odd time',
    needs: ['signals'],
    timeoutMs: 1000,
    run: 'import signal, os\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\nwhile True: pass',
    expect: { ...KILLED_AT_TIMEOUT, status: 'killed', exit: { signal: 'SIGALRM' } },
  }),
];
