import { ANYTHING, ENDED_AT_TIMEOUT, FINE, INTERRUPTED, KILLED_AT_TIMEOUT, one, raises } from './expectations';
import type { HostileCase } from './hostile-case';
import { SLOW } from '../run/match-result';
import { py } from './python-text';

const SOON = 500;

/**
 * Processes that compute for ever, all at once and beside this one. Shells, not copies of the interpreter: gVisor copies 2 MiB around each page
 * that a copy writes to, some 27 MiB for each interpreter, and thirteen of those are all of a sandbox's memory. This is about the CPU.
 */
const crowd = (count: number): string => py`
  import os, subprocess
  held, gate = os.pipe()
  for _ in range(${count}): subprocess.Popen(["sh", "-c", "read _; while :; do :; done"], stdin=held)
  os.close(gate)
  while True: pass`;

export const CPU_AND_TIME: readonly HostileCase[] = [
  one({
    row: 'A1',
    name: 'loops for ever, after it printed something',
    timeoutMs: SOON,
    run: py`
      print("before")
      while True: pass`,
    expect: { ...INTERRUPTED, stdout: 'before\n', error: 'KeyboardInterrupt', traceback: /line 2/ },
  }),
  one({ row: 'A1', name: 'loops in a comprehension', timeoutMs: SOON, run: '[0 for _ in iter(int, 1) if False]', expect: INTERRUPTED }),
  one({
    row: 'A1',
    name: 'loops in a coroutine',
    timeoutMs: SOON,
    run: py`
      import asyncio
      async def spin():
          while True: await asyncio.sleep(0)
      asyncio.run(spin())`,
    expect: INTERRUPTED,
    notOn: { wasm: 'the loop of coroutines is the host’s, asyncio.run does not wait there' },
  }),
  one({
    row: 'A1',
    name: 'loops and keeps what it changed',
    timeoutMs: SOON,
    run: py`
      n = 0
      while True: n += 1`,
    expect: INTERRUPTED,
  }),
  {
    row: 'A1',
    name: 'loops, and finds afterwards what it had counted',
    steps: [
      { run: 'n = 0\nwhile True: n += 1', timeoutMs: SOON, expect: INTERRUPTED },
      { run: 'n > 1000', expect: { ...FINE, value: 'True' } },
    ],
  },
  one({
    row: 'A2',
    name: 'loops in C, where no signal is looked at',
    timeoutMs: SOON,
    run: 'print("before")\nsum(range(10**12))',
    expect: { ...KILLED_AT_TIMEOUT, stdout: 'before\n' },
    on: { wasm: { exit: {} } },
  }),
  one({
    row: 'A2',
    name: 'drains an endless iterator in C',
    timeoutMs: SOON,
    run: 'import collections, itertools\ncollections.deque(itertools.count(), maxlen=0)',
    expect: KILLED_AT_TIMEOUT,
    on: { wasm: { exit: {} } },
  }),
  one({
    row: 'A2',
    name: 'derives a key with a thousand million rounds',
    timeoutMs: SOON,
    run: 'import hashlib\nhashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)',
    expect: KILLED_AT_TIMEOUT,
    on: { wasm: { status: ['timeout', 'error', 'oom'], state: ['kept', 'restored', 'reset'], exit: {} } },
    notOn: { wasm: 'hashlib is not in this Python' },
  }),
  one({
    row: 'A2',
    name: 'takes a huge power',
    timeoutMs: SOON,
    run: 'pow(7, 10**9)\nNone',
    expect: ENDED_AT_TIMEOUT,
    on: { wasm: { status: ['timeout', 'error', 'oom'] } },
  }),
  one({
    row: 'A3',
    name: 'ignores the interrupt',
    needs: ['signals'],
    timeoutMs: SOON,
    run: 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A3',
    name: 'handles the interrupt and goes on',
    needs: ['signals'],
    timeoutMs: SOON,
    run: 'import signal\nsignal.signal(signal.SIGINT, lambda *_: print("no"))\nwhile True: pass',
    expect: { ...KILLED_AT_TIMEOUT, stdout: /^no\n/ },
  }),
  one({
    row: 'A3',
    name: 'catches every exception and goes on',
    timeoutMs: SOON,
    run: py`
      while True:
          try:
              while True: pass
          except BaseException: continue`,
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A3',
    name: 'goes on for ever in finally',
    timeoutMs: SOON,
    run: py`
      def spin():
          try:
              while True: pass
          finally:
              spin()
      while True:
          try: spin()
          except BaseException: pass`,
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A3',
    name: 'loops in the destructor, where exceptions are ignored',
    timeoutMs: SOON,
    run: py`
      class Sticky:
          def __del__(self):
              while True:
                  try:
                      while True: pass
                  except BaseException: pass
      sticky = Sticky()
      del sticky`,
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A4',
    name: 'blocks all signals',
    needs: ['signals'],
    timeoutMs: SOON,
    run: 'import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A4',
    name: 'blocks all signals and sleeps',
    needs: ['signals'],
    timeoutMs: SOON,
    run: 'import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: time.sleep(1000)',
    expect: { ...KILLED_AT_TIMEOUT, cpuMsBelow: 400 },
  }),
  one({
    row: 'A4',
    name: 'waits for signals and takes them itself',
    needs: ['signals'],
    timeoutMs: SOON,
    run: 'import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: signal.sigwait(range(1, 65))',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A4',
    name: 'has an alarm go off all the time',
    needs: ['signals'],
    timeoutMs: SOON,
    run: py`
      import signal, faulthandler
      faulthandler.cancel_dump_traceback_later()
      signal.signal(signal.SIGALRM, lambda *_: None)
      signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
      while True: pass`,
    expect: INTERRUPTED,
  }),
  {
    row: 'A4',
    name: 'leaves an alarm for the next call',
    needs: ['signals'],
    steps: [
      {
        run: 'import signal\nsignal.signal(signal.SIGALRM, lambda *_: print("alarm"))\nsignal.setitimer(signal.ITIMER_REAL, 0.05)',
        expect: { status: 'ok', state: 'kept' },
      },
      { run: 'import time; time.sleep(0.3)', afterMs: 100, expect: { ...FINE, stdout: '' } },
    ],
  },
  one({
    row: 'A4',
    name: 'sends itself interrupts without end',
    needs: ['signals'],
    timeoutMs: SOON,
    run: py`
      import os, signal
      while True:
          try: os.kill(os.getpid(), signal.SIGINT)
          except BaseException: pass`,
    expect: { status: 'timeout' },
  }),
  one({
    row: 'A5',
    name: 'sleeps',
    timeoutMs: SOON,
    run: 'import time; time.sleep(1e9)',
    expect: { ...INTERRUPTED, cpuMsBelow: 300 },
    on: { wasm: { cpuMsBelow: 60_000, state: ['kept', 'reset'] } },
  }),
  one({
    row: 'A5',
    name: 'waits for an event',
    needs: ['threads'],
    timeoutMs: SOON,
    run: 'import threading; threading.Event().wait()',
    expect: { ...INTERRUPTED, cpuMsBelow: 300 },
  }),
  one({
    row: 'A5',
    name: 'takes a lock twice',
    needs: ['threads'],
    timeoutMs: SOON,
    run: 'import threading; l = threading.Lock(); l.acquire(); l.acquire()',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A5',
    name: 'reads a queue that stays empty',
    needs: ['threads'],
    timeoutMs: SOON,
    run: 'import queue; queue.Queue().get()',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A5',
    name: 'selects on a pipe that stays empty',
    needs: ['system-calls'],
    timeoutMs: SOON,
    run: 'import os, select; r, w = os.pipe(); select.select([r], [], [])',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A5',
    name: 'reads a pipe that stays empty',
    needs: ['system-calls'],
    timeoutMs: SOON,
    run: 'import os; r, w = os.pipe(); os.read(r, 1)',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A5',
    name: 'opens a FIFO that nobody writes to',
    needs: ['system-calls'],
    timeoutMs: SOON,
    run: 'import os; os.mkfifo("fifo"); open("fifo")',
    expect: INTERRUPTED,
  }),
  one({ row: 'A5', name: 'pauses', needs: ['signals'], timeoutMs: SOON, run: 'import signal; signal.pause()', expect: INTERRUPTED }),
  one({
    row: 'A5',
    name: 'waits for a child that sleeps',
    needs: ['processes'],
    timeoutMs: SOON,
    run: 'import subprocess; subprocess.run(["sleep", "1000"])',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A5',
    name: 'has a shell take the interrupt',
    needs: ['processes'],
    timeoutMs: SOON,
    run: 'import os\nos.system("sleep 1000")\nos.system("sleep 1000")\nos.system("sleep 1000")',
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A5',
    name: 'joins a thread that never ends',
    needs: ['threads'],
    timeoutMs: SOON,
    run: 'import threading, time\nt = threading.Thread(target=time.sleep, args=(1000,), daemon=True)\nt.start()\nt.join()',
    expect: ENDED_AT_TIMEOUT,
  }),
  {
    row: 'A6',
    name: 'sleeps just under the limit in more sessions than may run at once: nobody times out',
    narrow: true,
    scenario: async ({ client }) => {
      // All are open before one sleeps: a sandbox that is being made takes the CPU from those that do.
      const sessions: string[] = [];
      while (sessions.length < 4) {
        sessions.push(await client.open());
        // Those before it as well, or they end for being idle.
        await Promise.all(sessions.map((session) => client.execute(session, { code: 'import time' }, 20_000)));
      }
      // The last one's time limit is over before it has slept, if waiting counted.
      const call = { code: 'time.sleep(1); "rested"', timeout_ms: 1800 };
      const answers = await Promise.all(sessions.map((session) => client.execute(session, call, 20_000)));
      for (const session of sessions) await client.close(session);
      return answers.flatMap((answer) =>
        'result' in answer && answer.result.status === 'ok' ? [] : [`${SLOW}a sleeper got ${JSON.stringify(answer).slice(0, 300)}`],
      );
    },
  },
  one({
    row: 'A7',
    name: 'stops itself',
    needs: ['signals', 'processes'],
    timeoutMs: SOON,
    run: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A7',
    name: 'has a child stop it',
    needs: ['processes'],
    timeoutMs: SOON,
    run: 'import os, signal, time\nif os.fork() == 0:\n  while True: os.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(100)',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A7',
    name: 'stops its whole group',
    needs: ['processes'],
    timeoutMs: SOON,
    run: 'import os, signal\nos.fork()\nos.killpg(0, signal.SIGSTOP)\nwhile True: pass',
    expect: KILLED_AT_TIMEOUT,
  }),
  one({
    row: 'A7',
    name: 'suspends itself like a terminal does',
    needs: ['processes'],
    timeoutMs: SOON,
    run: 'import os, signal\nfor s in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU): os.kill(os.getpid(), s)\nwhile True: pass',
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A8',
    name: 'asks for a higher priority',
    needs: ['system-calls'],
    notOn: { runsc: 'priorities inside gVisor mean nothing to the host' },
    run: 'import os; os.nice(-5)',
    expect: raises('PermissionError', 'OSError'),
  }),
  one({
    row: 'A8',
    name: 'asks for real time',
    needs: ['system-calls'],
    run: 'import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))',
    expect: raises('PermissionError', 'OSError'),
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'A8',
    name: 'sets its priority to the highest',
    needs: ['system-calls'],
    notOn: { runsc: 'priorities inside gVisor mean nothing to the host' },
    run: 'import os; os.setpriority(os.PRIO_PROCESS, 0, -20)',
    expect: raises('PermissionError', 'OSError'),
  }),
  one({
    row: 'A8',
    name: 'takes the supervisor’s priority away',
    needs: ['system-calls'],
    run: 'import os; os.setpriority(os.PRIO_PROCESS, 1, 19)',
    expect: raises('PermissionError', 'OSError', 'ProcessLookupError'),
  }),
  one({
    row: 'A8',
    name: 'makes the supervisor idle',
    needs: ['system-calls'],
    run: 'import os; os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))',
    expect: raises('PermissionError', 'OSError', 'ProcessLookupError'),
  }),
  one({
    row: 'A8',
    name: 'takes the supervisor’s limits away',
    needs: ['system-calls'],
    run: 'import resource; resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))',
    expect: raises('PermissionError', 'OSError', 'ProcessLookupError'),
  }),
  one({
    row: 'A8',
    name: 'has the kernel kill the supervisor for its CPU time',
    needs: ['system-calls'],
    run: 'import resource; resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))',
    expect: raises('PermissionError', 'OSError', 'ProcessLookupError'),
  }),
  one({
    row: 'A9',
    name: 'burns the CPU in thirty threads',
    needs: ['threads'],
    timeoutMs: 800,
    run: py`
      import threading
      def spin():
          while True: pass
      for _ in range(30): threading.Thread(target=spin, daemon=True).start()
      while True: pass`,
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A9',
    name: 'burns the CPU in twenty processes and gets one core’s worth',
    needs: ['processes'],
    timeoutMs: 1500,
    run: crowd(20),
    expect: { status: 'timeout', cpuMsBelow: 4500 },
    // gVisor counts the time for which its tasks want to run, not what the host gives all of them together, which is one core's worth as elsewhere.
    on: { runsc: { cpuMsBelow: undefined } },
  }),
  one({
    row: 'A9',
    name: 'multiplies matrices: the library does not start a thread for each core',
    needs: ['packages', 'proc'],
    run: py`
      import numpy as np, os
      a = np.ones((600, 600))
      for _ in range(5): a @ a
      len(os.listdir("/proc/self/task"))`,
    timeoutMs: 10_000,
    expect: { ...FINE, value: '1' },
  }),
  one({
    row: 'A10',
    name: 'backtracks without end',
    timeoutMs: SOON,
    run: 'import re\nre.match(r"(a+)+$", "a" * 60 + "b")',
    expect: INTERRUPTED,
    on: { wasm: { state: ['kept', 'reset'] } },
  }),
  one({ row: 'A10', name: 'parses ten million digits', run: 'int("9" * 10**7)', expect: raises('ValueError') }),
  one({
    row: 'A10',
    name: 'asks for all decimal places',
    run: 'import decimal\ndecimal.getcontext().prec = decimal.MAX_PREC\ndecimal.Decimal(1) / 3',
    expect: raises('MemoryError'),
    on: { wasm: { status: ['error', 'timeout'], state: ['kept', 'reset'], error: undefined } },
  }),
  one({
    row: 'A10',
    name: 'has sympy factor what can’t be factored',
    needs: ['packages'],
    timeoutMs: 1500,
    run: 'import sympy\nsympy.factorint(sympy.nextprime(10**40) * sympy.nextprime(3 * 10**40))',
    expect: { status: 'timeout' },
  }),
  one({
    row: 'A10',
    name: 'takes the factorial of ten million',
    timeoutMs: SOON,
    run: 'import math\nmath.factorial(10**7)\nNone',
    expect: ENDED_AT_TIMEOUT,
    on: { wasm: { status: ['timeout', 'error', 'oom'] } },
  }),
  one({
    row: 'A10',
    name: 'is endlessly recursive in time, not in depth',
    timeoutMs: SOON,
    run: 'def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(200)',
    expect: INTERRUPTED,
  }),
  one({
    row: 'A10',
    name: 'searches a text quadratically',
    timeoutMs: SOON,
    run: '("a" * 3_000_000 + "b").count("a" * 1_500_000 + "ba")\n"".join(["a"] * 10**7).replace("a", "bb").split("ab" * 5)\nwhile True: pass',
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'A10',
    name: 'compiles an expression of a million terms',
    timeoutMs: 3000,
    run: 'eval("+".join(["1"] * 10**6))',
    expect: { status: ['error', 'timeout', 'killed', 'oom', 'ok'] },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'A11',
    name: 'uses up its share of the CPU: the supervisor still answers in time',
    needs: ['processes'],
    timeoutMs: 2000,
    run: `import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n${crowd(15)}`,
    expect: { ...KILLED_AT_TIMEOUT, wallMsBelow: 5000 },
  }),
];
