import { SECRET_PREFIX } from '../run/secret';
import { ENDED_AT_TIMEOUT, FINE, one, raises, valued } from './expectations';
import type { Expected, HostileCase, RequestStep } from './hostile-case';
import { py } from './python-text';

const LATE = 20_000;
const FULL: Expected = raises('OSError');
/** gVisor bounds the size of /tmp, not the number of files: time and memory do that. */
const NO_INODE_LIMIT: Expected = { status: ['error', 'timeout', 'lost', 'oom'], state: ['kept', 'reset'], error: undefined };

/** A request for a file that must be refused, whatever the refusal is called. */
const refused = (path: string, method: 'GET' | 'PUT' | 'DELETE' = 'GET', body?: string): RequestStep => ({
  request: method,
  path: `/v1/sessions/{session}/files/${path}`,
  ...(body !== undefined && { body, headers: { 'content-type': 'application/octet-stream' } }),
  answers: { status: [400, 404, 405, 409, 413] },
});

const listing = (body: RegExp): RequestStep => ({ request: 'GET', path: '/v1/sessions/{session}/files', answers: { status: 200, body } });

/** Looks through all its memory for a secret of someone else; holds only a pattern for it, never the secret itself. */
const SEARCH_MEMORY = py`
  import re
  def search():
      found, pattern = set(), re.compile(b"${SECRET_PREFIX.slice(0, 6)}" + b"-OF-ANOTHER-(\\d{12})")
      with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
          for line in maps.read().splitlines():
              span, rights = line.split()[:2]
              start, end = (int(part, 16) for part in span.split("-"))
              if "r" not in rights or start >= 1 << 47: continue
              for place in range(start, end, 1 << 20):
                  try:
                      memory.seek(place)
                      found.update(pattern.findall(memory.read(min(1 << 20, end - place))))
                  except (OSError, ValueError): continue
      return sorted(found)
`;

/** Looks through every file that can be read, but for what the kernel and the image provide. */
const SEARCH_FILES = py`
  import os, re
  def search_files():
      found, pattern = [], re.compile(b"${SECRET_PREFIX.slice(0, 6)}" + b"-OF-ANOTHER-(\\d{12})")
      for root in ("/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/tmp", "/home", "/root", "/mnt"):
          for folder, _, names in os.walk(root):
              for name in names:
                  try: data = open(os.path.join(folder, name), "rb").read(1 << 20)
                  except OSError: continue
                  found += pattern.findall(data)
      for pid in filter(str.isdigit, os.listdir("/proc")):
          for name in ("environ", "cmdline"):
              try: found += pattern.findall(open(f"/proc/{pid}/{name}", "rb").read())
              except OSError: continue
      return found
`;

export const FILES: readonly HostileCase[] = [
  one({
    row: 'D1',
    name: 'fills the disk with one file',
    needs: ['disk-limit'],
    timeoutMs: LATE,
    run: 'with open("/tmp/a", "wb") as f:\n  while True: f.write(bytes(10**6))',
    expect: FULL,
  }),
  one({
    row: 'D1',
    name: 'fills the disk with many files, catching every error',
    needs: ['disk-limit'],
    timeoutMs: 1500,
    run: 'n = 0\nwhile True:\n  n += 1\n  try: open(f"/tmp/{n}", "wb").write(bytes(10**6))\n  except OSError: pass',
    expect: ENDED_AT_TIMEOUT,
  }),
  one({
    row: 'D1',
    name: 'allocates a file of a petabyte',
    needs: ['disk-limit'],
    run: 'import os\nfd = os.open("/tmp/x", os.O_CREAT | os.O_RDWR)\nos.posix_fallocate(fd, 0, 1 << 50)',
    expect: raises('OSError'),
  }),
  {
    row: 'D2',
    name: 'makes files until there are no more: and the next session has room again',
    needs: ['disk-limit'],
    alone: true,
    steps: [
      { run: 'for i in range(10**6): open(f"/tmp/{i}", "w").close()', timeoutMs: LATE, expect: FULL, on: { runsc: NO_INODE_LIMIT } },
      {
        in: 'next',
        run: 'import os\nopen("/tmp/mine", "w").close()\nsorted(n for n in os.listdir("/tmp") if not n.startswith("."))',
        expect: valued("['mine']"),
      },
    ],
  },
  ...(
    [
      ['folders in folders', 'import os\nfor i in range(10**6):\n  os.mkdir("d")\n  os.chdir("d")'],
      ['symbolic links', 'import os\nfor i in range(10**6): os.symlink("/", f"/tmp/{i}")'],
      ['names of one file', 'import os\nopen("/tmp/f", "w").close()\nfor i in range(10**6): os.link("/tmp/f", f"/tmp/{i}")'],
      [
        'the longest names, of bytes that are no text',
        'import os\nfor i in range(10**6): open(b"/tmp/" + b"\\xff\\n" * 120 + str(i).encode(), "w").close()',
      ],
      ['folders that nobody may enter', 'import os\nfor i in range(10**6):\n  os.makedirs(f"/tmp/{i}/x")\n  os.chmod(f"/tmp/{i}", 0)'],
    ] as const
  ).map(([what, run]): HostileCase => ({
    row: 'D2',
    name: `makes ${what} until there are no more`,
    needs: ['disk-limit'],
    alone: true,
    steps: [
      { run, timeoutMs: LATE, expect: FULL, on: { runsc: NO_INODE_LIMIT } },
      {
        in: 'next',
        run: 'import os\nopen("/tmp/mine", "w").close()\nsorted(n for n in os.listdir("/tmp") if not n.startswith("."))',
        expect: valued("['mine']"),
      },
    ],
  })),
  {
    row: 'D2',
    name: 'makes files in /dev/shm, where only memory bounds them',
    needs: ['disk-limit'],
    alone: true,
    steps: [
      {
        run: 'for i in range(10**7): open(f"/dev/shm/{i}", "w").close()',
        timeoutMs: 3000,
        expect: { status: ['error', 'timeout', 'oom'] },
        on: { runsc: { status: ['error', 'timeout', 'oom', 'lost'] } },
      },
      { in: 'next', run: 'import os; os.listdir("/dev/shm")', expect: valued('[]') },
    ],
  },
  {
    row: 'D3',
    name: 'writes wherever it can: only scratch space takes it',
    needs: ['system-calls'],
    steps: [
      {
        timeoutMs: LATE,
        run: py`
          import os
          taken = []
          for root, folders, _ in os.walk("/"):
              folders[:] = [name for name in folders if os.path.join(root, name) not in ("/proc", "/sys")]
              path = os.path.join(root, "written")
              try:
                  open(path, "w").close()
                  os.unlink(path)
                  taken.append(root)
              except OSError: continue
          sorted({"/".join(path.split("/")[:3]) for path in taken if not path.startswith("/tmp")})`,
        expect: { ...FINE, value: /^\[('\/dev\/mqueue', )?('\/dev\/mqueue'|'\/dev\/shm')?\]$/ },
      },
    ],
  },
  one({
    row: 'D3',
    name: 'writes over the kernel’s settings',
    needs: ['proc'],
    run: py`
      import os
      taken = []
      for root in ("/proc/sys", "/sys"):
          for folder, _, names in os.walk(root):
              for name in names:
                  try: os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
                  except OSError: continue
                  taken.append(os.path.join(folder, name))
      for path in ("/proc/sysrq-trigger", "/proc/kcore", "/dev/mem", "/dev/kmsg", "/dev/fuse", "/proc/irq/default_smp_affinity"):
          try: os.close(os.open(path, os.O_WRONLY))
          except OSError: continue
          taken.append(path)
      taken`,
    timeoutMs: LATE,
    expect: valued('[]'),
    // Its own, which reaches nothing of the host.
    on: { runsc: { value: /^\[('\/dev\/fuse')?\]$/ } },
  }),
  one({
    row: 'D3',
    name: 'changes the supervisor’s program',
    needs: ['system-calls'],
    run: 'import glob\n[open(path, "a") for path in glob.glob("/opt/**/*.py", recursive=True)]',
    expect: raises('PermissionError', 'OSError'),
  }),
  one({
    row: 'D3',
    name: 'makes devices',
    needs: ['system-calls'],
    run: 'import os, stat\nos.mknod("/tmp/disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0))\nopen("/tmp/disk", "rb")',
    expect: raises('PermissionError', 'OSError'),
  }),
  {
    row: 'D4',
    name: 'puts links, FIFOs, sockets, holes and depths where artefacts are collected',
    needs: ['files-api', 'system-calls'],
    steps: [
      {
        run: py`
          import os, socket
          os.symlink("/etc/passwd", "passwd")
          os.symlink("/proc/self/environ", "environ")
          os.symlink("/", "root")
          os.symlink("loop", "loop")
          os.mkfifo("fifo")
          listener = socket.socket(socket.AF_UNIX)
          listener.bind("socket")
          open("real.txt", "w").write("real")
          for number in range(20): os.link("real.txt", f"real-{number}.txt")
          open(b"\xc3.txt", "w").write("bad name")
          open("secret.txt", "w").write("x")
          os.chmod("secret.txt", 0)
          with open("hole", "wb") as hole: hole.truncate(60 << 20)
          os.makedirs("/".join(["d"] * 200))
          None`,
        expect: FINE,
      },
      listing(/"path":"real\.txt"/),
      listing(/^(?![^]*"path":"(passwd|environ|loop|fifo|socket|root\/))/),
      refused('passwd'),
      refused('environ'),
      refused('root/etc/passwd'),
      refused('loop'),
      refused('fifo'),
      refused('socket'),
      refused('hole'),
      refused('d'),
      refused('passwd', 'PUT', 'x'),
      refused('root/tmp/through', 'PUT', 'x'),
      refused('fifo', 'PUT', 'x'),
      { request: 'GET', path: '/v1/sessions/{session}/files/real.txt', answers: { status: 200, body: 'real' } },
    ],
  },
  {
    row: 'D4',
    name: 'is asked for paths that lead elsewhere',
    needs: ['files-api'],
    steps: [
      ...[
        '..%2F..%2Fetc%2Fpasswd',
        '%2Fetc%2Fpasswd',
        'a%2F..%2F..%2Fetc%2Fpasswd',
        '%2e%2e/%2e%2e/etc/passwd',
        'x%00y',
        '%ff%fe',
        '.',
        'a'.repeat(5000),
        '%2F',
        '%',
        '%zz',
        'a%2F%2Fb',
        `${'d%2F'.repeat(600)}x`,
      ].flatMap((path) => [refused(path), refused(path, 'PUT', 'x'), refused(path, 'DELETE')]),
      {
        run: 'import os\nsorted(n for n in os.listdir("/tmp") if not n.startswith("."))',
        expect: { status: 'ok', value: '[]' },
        on: { wasm: { value: undefined } },
      },
    ],
  },
  {
    row: 'D4',
    name: 'swaps a file for a link while it is collected',
    needs: ['files-api', 'processes'],
    steps: [
      {
        run: py`
          import os, threading
          os.symlink("/etc/passwd", "link")
          def swap():
              while True:
                  for source in ("/tmp/link", None):
                      try:
                          os.unlink("/tmp/.new") if os.path.lexists("/tmp/.new") else None
                          if source: os.symlink("/etc/passwd", "/tmp/.new")
                          else: open("/tmp/.new", "w").write("mine")
                          os.rename("/tmp/.new", "/tmp/target")
                      except OSError: pass
          threading.Thread(target=swap, daemon=True).start()
          while not os.path.lexists("/tmp/target"): pass`,
        expect: { status: 'ok' },
      },
      ...Array.from({ length: 5 }, (): RequestStep => ({
        request: 'GET',
        path: '/v1/sessions/{session}/files/target',
        answers: { status: [200, 400, 404, 409], body: /^(?![^]*root:)/ },
      })),
    ],
  },
  {
    row: 'D4',
    name: 'is given too much',
    needs: ['files-api'],
    steps: [
      {
        request: 'PUT',
        path: '/v1/sessions/{session}/files/big',
        headers: { 'content-type': 'application/octet-stream' },
        body: () => new Uint8Array(2 ** 20 + 1),
        answers: { status: 413 },
      },
      {
        request: 'PUT',
        path: '/v1/sessions/{session}/files/right',
        headers: { 'content-type': 'application/octet-stream' },
        body: () => new Uint8Array(2 ** 20).fill(7),
        answers: { status: [200, 201, 204] },
      },
      { run: 'import os\nos.path.getsize("right"), os.path.exists("big")', expect: valued('(1048576, False)') },
      { request: 'DELETE', path: '/v1/sessions/{session}/files/right', answers: { status: 204 } },
      refused('right'),
    ],
  },
  {
    row: 'D4',
    name: 'makes more files than are listed',
    needs: ['files-api'],
    steps: [{ run: 'for i in range(5000): open(f"file-{i}", "w").close()', timeoutMs: LATE, expect: FINE }, listing(/"is_truncated":true/)],
  },
  {
    row: 'D4',
    name: 'is given an archive that unpacks to far more than there is room for',
    needs: ['disk-limit'],
    steps: [
      {
        timeoutMs: LATE,
        run: py`
          import io, zipfile
          packed = io.BytesIO()
          with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
              with archive.open("bomb", "w", force_zip64=True) as member:
                  for _ in range(300): member.write(bytes(1 << 20))
          zipfile.ZipFile(packed).extractall("/tmp")`,
        expect: raises('OSError'),
      },
    ],
  },
  {
    row: 'D5',
    name: 'leaves traces everywhere: the next session finds none',
    alone: true,
    needs: ['system-calls', 'proc'],
    steps: [
      {
        timeoutMs: LATE,
        run: py`
          import builtins, ctypes, os, resource, signal, socket, sys
          for path in ("/tmp/left", "/dev/shm/left", "/tmp/.config/left", "/tmp/sitecustomize.py", "/tmp/usercustomize.py", "/tmp/__pycache__/left", "/tmp/.local/lib/python3.11/site-packages/left.pth"):
              os.makedirs(os.path.dirname(path), exist_ok=True)
              open(path, "w").write("print('left')")
          os.environ["LEFT"] = "1"
          sys.path.insert(0, "/tmp/left")
          builtins.left = 1
          os.umask(0o777)
          os.nice(5)
          try: os.sched_setaffinity(0, {0})
          except OSError: pass
          resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
          signal.signal(signal.SIGTERM, signal.SIG_IGN)
          listener = socket.socket(socket.AF_UNIX)
          listener.bind("\0left")
          listener.listen()
          os.chdir("/")
          libc = ctypes.CDLL(None)
          [libc.shmget(7, 4096, 0o1666), libc.semget(7, 1, 0o1666), libc.msgget(7, 0o1666)]
          libc.prctl(15, b"evil", 0, 0, 0)
          import random
          random.seed(7)
          None`,
        expect: { status: 'ok' },
      },
      {
        in: 'next',
        run: py`
          import builtins, ctypes, os, resource, signal, socket, sys
          old = os.umask(0); os.umask(old)
          def connects():
              try: socket.socket(socket.AF_UNIX).connect("\0left")
              except OSError: return False
              return True
          libc = ctypes.CDLL(None)
          found = {
              "files": [path for root in ("/tmp", "/dev/shm", "/dev/mqueue") if os.path.isdir(root) for path in os.listdir(root) if "left" in path or "customize" in path or path in (".config", ".local", "__pycache__")],
              "environ": "LEFT" in os.environ,
              "path": "/tmp/left" in sys.path,
              "builtins": hasattr(builtins, "left"),
              "umask": old == 0o777,
              "nice": os.nice(0) == 5,
              "nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1] == 64,
              "sigterm": signal.getsignal(signal.SIGTERM) == signal.SIG_IGN,
              "abstract": connects(),
              "cwd": os.getcwd() != "/tmp",
              "ipc": [libc.shmget(7, 4096, 0o666), libc.semget(7, 1, 0o666), libc.msgget(7, 0o666)] != [-1, -1, -1],
              "comm": "evil" in open("/proc/self/comm").read(),
          }
          [name for name, is_left in found.items() if is_left]`,
        expect: valued('[]'),
      },
    ],
  },
  {
    row: 'D5',
    name: 'leaves poisoned modules: the next session’s are clean',
    alone: true,
    ruinsItself: true,
    steps: [
      {
        run: 'import json, sys, math\njson.loads = lambda *_: "poison"\nmath.pi = 3\nsys.modules["random"] = math\nlist(map(type, [json]))\nNone',
        expect: { status: 'ok' },
      },
      {
        in: 'next',
        run: 'import json, math, random\n[json.loads("1"), math.pi > 3.1, hasattr(random, "choice")]',
        expect: valued('[1, True, True]'),
      },
    ],
  },
  {
    row: 'D5',
    name: 'leaves secrets in memory: the next session finds none in its own',
    alone: true,
    needs: ['proc'],
    steps: [
      {
        run: `secret = "${SECRET_PREFIX}123456789012"\nprint(secret)\nopen("f", "w").write(secret)\nimport sys; sys.stderr.write(sys.stdin.read())\nx = [secret + str(i) for i in range(100000)]\nsecret`,
        stdin: `${SECRET_PREFIX}123456789013`,
        timeoutMs: LATE,
        expect: { status: 'ok', state: 'kept' },
      },
      { run: `raise ValueError("${SECRET_PREFIX}123456789014")`, expect: { status: 'error' } },
      { run: `import os; print("${SECRET_PREFIX}123456789015"); os.abort()`, expect: { status: 'killed' } },
      { in: 'next', run: `${SEARCH_MEMORY}\nsearch()`, timeoutMs: 60_000, expect: valued('[]') },
    ],
  },
  one({
    row: 'D6',
    name: 'searches its memory for the neighbour’s secret',
    needs: ['proc'],
    timeoutMs: 60_000,
    run: `${SEARCH_MEMORY}\nsearch()`,
    expect: valued('[]'),
  }),
  one({
    row: 'D6',
    name: 'searches files and processes for the neighbour’s secret',
    needs: ['proc'],
    timeoutMs: LATE,
    run: `${SEARCH_FILES}\nsearch_files()`,
    expect: valued('[]'),
  }),
  one({
    row: 'D6',
    name: 'looks for other sessions: there is only its own process, its copy and the supervisor',
    needs: ['proc'],
    run: 'import os\nlen(list(filter(str.isdigit, os.listdir("/proc")))) <= 3',
    expect: valued('True'),
  }),
  one({
    row: 'D7',
    name: 'looks at its descriptors: pipes, /dev/null, and a line to the supervisor that has no other end',
    needs: ['proc'],
    run: py`
      import os, socket
      def kind(name):
          try: target = os.readlink(f"/proc/self/fd/{name}")
          except OSError: return None
          if target.startswith("socket:"):
              with socket.socket(fileno=os.dup(int(name))) as line: return "pair" if line.family == socket.AF_UNIX and line.getpeername() == "" else target
          return "pair" if target.startswith(("pipe:", "host:")) else target
      sorted({kind(name) for name in os.listdir("/proc/self/fd")} - {None, "pair", "/dev/null"} - {f"/proc/{os.getpid()}/fd"})`,
    expect: valued('[]'),
  }),
  one({
    row: 'D7',
    name: 'looks at the descriptors of a child: three',
    needs: ['processes', 'proc'],
    run: 'import os, subprocess\nsubprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout.split()',
    expect: valued("['0', '1', '2', '3']"),
  }),
  one({
    row: 'D8',
    name: 'runs a program from memory: it has no more rights than any other',
    needs: ['processes'],
    run: py`
      import os, subprocess, shutil
      file = os.memfd_create("x")
      os.write(file, open(shutil.which("grep"), "rb").read())
      try: print(subprocess.run([f"/proc/self/fd/{file}", "-E", "^(Uid|CapEff|NoNewPrivs)", "/proc/self/status"], pass_fds=[file], capture_output=True, text=True).stdout)
      except OSError as error: print(error)`,
    expect: { ...FINE, stdout: /^(Uid:\s65534\s65534\s65534\s65534\nCapEff:\s0{16}\nNoNewPrivs:\s1\n|\[Errno)/ },
    on: { runsc: { stdout: /^(Uid:\s65534\s65534\s65534\s65534\nCapEff:\s0{16}|\[Errno)/ } },
  }),
  one({
    row: 'D8',
    name: 'runs a program of its own through the loader: it has no more rights than any other',
    needs: ['processes', 'x86-64'],
    run: py`
      import os, shutil, subprocess
      shutil.copy(shutil.which("id"), "/tmp/x")
      os.chmod("/tmp/x", 0o644)
      subprocess.run(["/lib64/ld-linux-x86-64.so.2", "/tmp/x", "-u"], capture_output=True, text=True).stdout`,
    expect: { ...FINE, value: /^('65534\\n'|'')$/ },
  }),
  one({
    row: 'D9',
    name: 'asks the kernel to encrypt for it',
    needs: ['system-calls'],
    run: 'import socket; socket.socket(38, socket.SOCK_SEQPACKET, 0)',
    expect: raises('PermissionError', 'OSError'),
  }),
  one({
    row: 'D9',
    name: 'writes into the page cache of the image through a pipe',
    needs: ['system-calls'],
    run: py`
      import os
      file = os.open("/etc/passwd", os.O_RDONLY)
      r, w = os.pipe()
      before = os.pread(file, 64, 0)
      try: os.splice(file, w, 1, offset_src=1)
      except (OSError, AttributeError): pass
      else: os.write(w, b"X")
      before == os.pread(file, 64, 0)`,
    expect: valued('True'),
  }),
];
