/** How a program's last call ends its session, as Python text. Every one must need a kill. */
export interface Ending {
  readonly name: string;
  readonly code: string;
}

/** Loops that never look for a signal, or that don't mind it. */
export const LOOPS: readonly Ending[] = [
  { name: 'sum of a range', code: 'sum(range(10**12))' },
  { name: 'consumed for ever', code: 'import collections, itertools\ncollections.deque(itertools.repeat(0), maxlen=0)' },
  { name: 'large list, over and over', code: 'import itertools\nmax(map(len, itertools.repeat([0] * 10**6)))' },
  { name: 'never true', code: 'any(iter(int, 1))' },
  {
    name: 'mutex taken twice',
    code: 'import ctypes\nmutex = (ctypes.c_char * 64)()\nlibc = ctypes.CDLL(None)\nlibc.pthread_mutex_lock(mutex)\nlibc.pthread_mutex_lock(mutex)',
  },
  {
    name: 'pattern, SIGINT ignored',
    code: 'import re, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nre.match(r"(a+)+$", "a" * 60 + "b")',
  },
  { name: 'all signals blocked', code: 'import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(10**6)' },
  {
    name: 'every exception caught',
    code: 'import time\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass',
  },
  { name: 'stops itself', code: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)' },
];

/** Ends that nobody had to wait for. */
export const CRASHES: readonly Ending[] = [
  { name: 'segmentation fault', code: 'import ctypes\nctypes.string_at(0)' },
  { name: 'abort', code: 'import os\nos.abort()' },
  { name: 'kills itself', code: 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)' },
  { name: 'exits at once', code: 'import os\nos._exit(3)' },
];
