import { FINE, KILLED_AT_TIMEOUT, valued } from './expectations';
import type { Expected, HostileCase, ProgramStep, Step } from './hostile-case';
import { py } from './python-text';

/** A program that only a kill ends. */
const STUBBORN: ProgramStep = { run: 'sum(range(10**12))', timeoutMs: 300, expect: KILLED_AT_TIMEOUT };
const RESTORED: Expected = { status: 'timeout', state: 'restored' };
const RESET: Expected = { status: 'timeout', state: 'reset' };
/** Whether a copy exists after such an attack is a matter of luck; what is said of it must be true. */
const EITHER: Expected = { status: 'timeout', state: ['restored', 'reset'] };
/** The copies of a session, as it may see them. */
const COPIES = 'import os\ncopies = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())]';

const after = (name: string, attack: string, expected: Expected, more: readonly Step[] = []): HostileCase => ({
  row: 'T1',
  name,
  checkpoint: 'always',
  needs: ['checkpoints', 'processes'],
  steps: [
    { run: attack, timeoutMs: 3000, expect: { status: ['ok', 'error', 'killed', 'timeout'] } },
    { ...STUBBORN, expect: expected },
    ...more,
  ],
});

export const CHECKPOINTS: readonly HostileCase[] = [
  {
    row: 'T1',
    name: 'is killed five times: each time it is as it was after the call before',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: Array.from({ length: 5 }, (_, n): Step[] => [
      { run: `n = ${n}`, expect: FINE },
      { ...STUBBORN, expect: RESTORED },
      { run: 'n', expect: valued(String(n)) },
    ]).flat(),
  },
  {
    row: 'T1',
    name: 'is killed twice without a call in between',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'n = 1', expect: FINE },
      { ...STUBBORN, expect: RESTORED },
      { ...STUBBORN, expect: RESTORED },
      { run: 'n', expect: valued('1') },
    ],
  },
  {
    row: 'T1',
    name: 'is killed after it changed what it had: the change is rolled back',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'x = [1, 2, 3]\ndef f(): return "old"\nclass C: pass\nc = C()', expect: FINE },
      { run: 'x.clear()\nf = None\ndel c\nsum(range(10**12))', timeoutMs: 300, expect: RESTORED },
      { run: '[x, f(), type(c).__name__]', expect: valued("[[1, 2, 3], 'old', 'C']") },
    ],
  },
  {
    row: 'T1',
    name: 'is killed without checkpoints: all is gone, and it says so',
    checkpoint: 'off',
    steps: [
      { run: 'n = 1', expect: FINE },
      { ...STUBBORN, expect: RESET, on: { wasm: { exit: {} } } },
      { run: '"n" in globals()', expect: valued('False') },
    ],
  },
  {
    row: 'T1',
    name: 'dies of memory: it is as it was before',
    checkpoint: 'always',
    needs: ['checkpoints', 'memory-limit'],
    notOn: { runsc: 'a sandbox that is out of memory is gone there' },
    steps: [
      { run: 'n = 7', expect: FINE },
      {
        run: 'import mmap\nblock = mmap.mmap(-1, 900 << 20)\nfor i in range(0, len(block), 4096): block[i] = 1',
        timeoutMs: 20_000,
        expect: { status: 'oom', state: ['restored', 'reset'] },
      },
    ],
  },
  {
    row: 'T1',
    name: 'crashes: it is as it was before',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'n = 7', expect: FINE },
      { run: 'import ctypes; ctypes.string_at(0)', expect: { status: 'killed', state: 'restored', exit: { signal: 'SIGSEGV' } } },
      { run: 'n', expect: valued('7') },
    ],
  },
  after('kills its copy', `${COPIES}\nfor pid in copies: os.kill(pid, 9)`, EITHER),
  after('kills everything but itself', 'import os\nos.kill(-1, 9)', EITHER),
  after(
    'wakes its copy',
    `${COPIES}\nimport signal\nfor pid in copies:\n  for s in (18, 10, 12, 2, 15):\n    try: os.kill(pid, s)\n    except OSError: pass`,
    EITHER,
    [{ run: 'print("one"); 1', expect: { ...FINE, stdout: 'one\n', value: '1' } }],
  ),
  after('stops its copy', `${COPIES}\nfor pid in copies: os.kill(pid, 19)`, EITHER, [{ run: '6 * 7', expect: valued('42') }]),
  after(
    'changes the memory of its copy',
    `${COPIES}\nfor pid in copies:\n  try: open(f"/proc/{pid}/mem", "r+b")\n  except OSError: pass`,
    EITHER,
  ),
  after(
    'limits its copy',
    `${COPIES}\nimport resource\nfor pid in copies:\n  for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_DATA):\n    try: resource.prlimit(pid, limit, (0, 0))\n    except OSError: pass`,
    EITHER,
    [{ run: '6 * 7', expect: valued('42') }],
  ),
  after('slows its copy', `${COPIES}\nfor pid in copies:\n  try: os.setpriority(os.PRIO_PROCESS, pid, 19)\n  except OSError: pass`, EITHER),
  after('replaces os.fork by something that says it is the copy', 'import os\nos.fork = lambda: 0', EITHER, [
    { run: '6 * 7', expect: valued('42') },
  ]),
  after('replaces os.fork by something that lies', 'import os\nos.fork = lambda: os.getpid()', EITHER),
  after('has its fork fail', 'import os\ndef fork(): raise OSError\nos.fork = fork', EITHER),
  after(
    'runs code in every child: which loops',
    'import os\ndef spin():\n  while True: pass\nos.register_at_fork(after_in_child=spin)',
    EITHER,
  ),
  after('runs code in every child: which ends it', 'import os\nos.register_at_fork(after_in_child=lambda: os._exit(0))', EITHER),
  after(
    'runs code in every child: which prints',
    'import os\nos.register_at_fork(after_in_child=lambda: print("child"), before=lambda: print("before"), after_in_parent=lambda: print("parent"))',
    EITHER,
    [{ run: 'print("mine")', expect: { ...FINE, stdout: 'mine\n' } }],
  ),
  after(
    'runs code in every child: which kills its parent',
    'import os\nos.register_at_fork(after_in_child=lambda: os.kill(os.getppid(), 9))',
    { status: ['timeout', 'killed', 'lost'] },
  ),
  after(
    'runs code before every fork: which raises',
    'import os\ndef fail(): raise RuntimeError\nos.register_at_fork(before=fail, after_in_parent=fail)',
    EITHER,
  ),
  after(
    'runs code before every fork: which takes for ever',
    'import os\ndef spin():\n  while True: pass\nos.register_at_fork(before=spin)',
    { status: ['timeout', 'killed', 'lost'] },
  ),
  {
    row: 'T2',
    name: 'has threads when it is copied: no copy, and no lie about it',
    checkpoint: 'always',
    needs: ['checkpoints', 'threads'],
    steps: [
      { run: 'import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()', expect: FINE },
      { ...STUBBORN, expect: EITHER },
    ],
  },
  {
    row: 'T2',
    name: 'is too large to be copied: no copy, and no lie about it',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'x = bytearray(300 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1', timeoutMs: 20_000, expect: FINE },
      { ...STUBBORN, expect: EITHER },
    ],
  },
  {
    row: 'T2',
    name: 'leaves no room for a copy’s process',
    checkpoint: 'always',
    needs: ['checkpoints', 'system-calls'],
    steps: [
      { run: 'import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (0, 0))', expect: FINE },
      { ...STUBBORN, expect: EITHER },
    ],
  },
  {
    row: 'T2',
    name: 'forbids itself to fork',
    checkpoint: 'always',
    needs: ['checkpoints', 'system-calls', 'x86-64'],
    steps: [
      {
        run: py`
          import ctypes, struct
          libc = ctypes.CDLL(None)
          # load the number; clone, fork, vfork, clone3: EPERM; else allow
          code = [(0x20, 0, 0, 0), (0x15, 4, 0, 56), (0x15, 3, 0, 57), (0x15, 2, 0, 58), (0x15, 1, 0, 435), (0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050001)]
          filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
          program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(filters)))
          libc.prctl(22, 2, program, 0, 0)`,
        expect: { status: ['ok', 'error'] },
      },
      { ...STUBBORN, expect: EITHER },
    ],
  },
  {
    row: 'T2',
    name: 'has its copy outlive it: the next session meets no copy',
    checkpoint: 'always',
    alone: true,
    needs: ['checkpoints', 'proc'],
    steps: [
      { run: 'open("/proc/self/comm", "w").write("evil")', expect: FINE },
      { run: 'x = 1', expect: FINE },
      {
        in: 'next',
        run: 'import os\n[pid for pid in os.listdir("/proc") if pid.isdigit() and "evil" in open(f"/proc/{pid}/comm").read()]',
        expect: valued('[]'),
      },
    ],
  },
  {
    row: 'T2',
    name: 'shares a file position with its copy: the copy does not move it',
    checkpoint: 'always',
    needs: ['checkpoints', 'system-calls'],
    steps: [
      { run: 'f = open("f", "w+")\nf.write("0123456789")\nf.flush()\nf.seek(0)\nf.read(3)', expect: valued("'012'") },
      { run: 'f.read(3)', expect: valued("'345'") },
      { ...STUBBORN, expect: EITHER },
    ],
  },
  {
    row: 'T2',
    name: 'buffers output of a file: the copy does not write it twice',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'f = open("once", "w")\nn = f.write("x" * 100)', expect: FINE },
      { run: 'f.close()\nopen("once").read().count("x")', expect: valued('100') },
      { ...STUBBORN, expect: EITHER },
      { run: 'import gc; gc.collect(); open("once").read().count("x")', expect: { status: 'ok', value: /^(100|200|0)$/ } },
    ],
  },
  {
    row: 'T2',
    name: 'goes on calling as fast as it can while copies are made',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      ...Array.from({ length: 30 }, (_, n): Step => ({ run: `k = ${n}; k`, expect: valued(String(n)) })),
      { ...STUBBORN, expect: RESTORED },
      { run: 'k', expect: valued('29') },
    ],
  },
];
