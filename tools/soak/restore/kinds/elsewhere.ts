import type { VariableKind } from '../variable-kind';

/** State that a copy of the process shares, or can have no part of. */
export const ELSEWHERE: readonly VariableKind[] = [
  {
    name: 'file being read',
    reach: 'outside',
    define: (v, n) => `open("/tmp/${v}", "w").write("abc" * 5000); ${v} = open("/tmp/${v}"); ${v}.read(${n + 1})`,
    change: (v, n) => `${v}.read(${n} + 1)`,
    look: (v) => `${v}.closed, ${v}.tell()`,
    weight: 2,
  },
  {
    name: 'file being written',
    reach: 'outside',
    define: (v, n) => `${v} = open("/tmp/${v}", "w"); ${v}.write("${n}")`,
    change: (v, n) => `${v}.write("${n}"); ${v}.flush()`,
    look: (v) => `${v}.closed, ${v}.mode, ${v}.tell()`,
    weight: 2,
  },
  {
    name: 'shared mapping',
    reach: 'outside',
    define: (v, n) => `import mmap; ${v} = mmap.mmap(-1, 4096); ${v}[0] = ${n % 256}`,
    change: (v) => `${v}[0] = (${v}[0] + 1) % 256`,
    look: (v) => `${v}[:16]`,
  },
  {
    name: 'pipe',
    reach: 'uncopied',
    define: (v) => `import os; ${v} = os.pipe(); os.write(${v}[1], b"held")`,
    change: (v) => `os.write(${v}[1], b".")`,
    look: (v) => `os.fstat(${v}[0]).st_mode`,
  },
  {
    name: 'child process',
    reach: 'outside',
    define: (v) => `import subprocess; ${v} = subprocess.Popen(["sleep", "600"])`,
    change: (v, n) => `${v}.mark = ${n}`,
    look: (v) => `getattr(${v}, "mark", None), ${v}.poll()`,
  },
  {
    name: 'running thread',
    reach: 'uncopied',
    define: (v) =>
      `import threading; ${v}_stop = threading.Event(); ${v} = threading.Thread(target=${v}_stop.wait, daemon=True); ${v}.start()`,
    change: (v, n) => `${v}.mark = ${n}`,
    look: (v) => `getattr(${v}, "mark", None), ${v}.is_alive()`,
  },
  {
    name: 'thread pool',
    reach: 'uncopied',
    define: (v) => `from concurrent.futures import ThreadPoolExecutor; ${v} = ThreadPoolExecutor(2); list(${v}.map(str, range(4)))`,
    change: (v, n) => `${v}.mark = ${n}`,
    look: (v) => `getattr(${v}, "mark", None), sum(t.is_alive() for t in ${v}._threads)`,
  },
];
