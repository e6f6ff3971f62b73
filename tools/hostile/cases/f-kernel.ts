import { ANYTHING, one, raises, valued } from './expectations';
import type { HostileCase } from './hostile-case';
import { py } from './python-text';

const INSIDE_THE_SENTRY = 'gVisor does this inside its own kernel, where it reaches nothing of the host';

/** Name, number on x86-64, arguments. */
const CALLS: readonly (readonly [row: string, name: string, number: number, args?: string])[] = [
  ['F1', 'unshare', 272, '0x10000000'],
  ['F1', 'clone with a namespace', 56, '0x10000000, 0, 0, 0, 0'],
  ['F1', 'clone3', 435, 'buffer, 64'],
  ['F1', 'setns', 308, '0, 0'],
  ['F1', 'mount', 165, 'b"none", b"/tmp", b"tmpfs", 0, 0'],
  ['F1', 'umount2', 166, 'b"/tmp", 2'],
  ['F1', 'pivot_root', 155, 'b"/tmp", b"/tmp"'],
  ['F1', 'chroot', 161, 'b"/tmp"'],
  ['F1', 'fsopen', 430, 'b"tmpfs", 0'],
  ['F1', 'open_tree', 428, '-100, b"/", 1'],
  ['F1', 'move_mount', 429, '-100, b"/", -100, b"/tmp", 0'],
  ['F1', 'mount_setattr', 442, '-100, b"/", 0, buffer, 32'],
  ['F2', 'io_uring_setup', 425, '8, buffer'],
  ['F2', 'io_uring_enter', 426, '0, 0, 0, 0, 0, 0'],
  ['F2', 'io_uring_register', 427, '0, 0, 0, 0'],
  ['F3', 'keyctl', 250, '0, -3, 0'],
  ['F3', 'add_key', 248, 'b"user", b"x", b"y", 1, -4'],
  ['F3', 'request_key', 249, 'b"user", b"x", 0, 0'],
  ['F3', 'bpf', 321, '5, buffer, 64'],
  ['F3', 'perf_event_open', 298, 'buffer, 0, -1, -1, 0'],
  ['F3', 'userfaultfd', 323, '1'],
  ['F3', 'kexec_load', 246, '0, 0, 0, 0'],
  ['F3', 'kexec_file_load', 320, '0, 0, 0, 0, 0'],
  ['F3', 'init_module', 175, 'buffer, 0, b""'],
  ['F3', 'finit_module', 313, '0, b"", 0'],
  ['F3', 'delete_module', 176, 'b"x", 0'],
  ['F3', 'reboot', 169, '0xfee1dead, 672274793, 0x1234567, 0'],
  ['F3', 'swapon', 167, 'b"/tmp/x", 0'],
  ['F3', 'swapoff', 168, 'b"/tmp/x"'],
  ['F3', 'iopl', 172, '3'],
  ['F3', 'ioperm', 173, '0, 1, 1'],
  ['F3', 'settimeofday', 164, 'buffer, 0'],
  ['F3', 'clock_settime', 227, '0, buffer'],
  ['F3', 'adjtimex', 159, 'ctypes.create_string_buffer(b"\\x01", 256)'],
  ['F3', 'open_by_handle_at', 304, '-100, buffer, 0'],
  ['F3', 'name_to_handle_at', 303, '-100, b"/", buffer, buffer, 0'],
  ['F3', 'acct', 163, 'b"/tmp/x"'],
  ['F3', 'quotactl', 179, '0, 0, 0, 0'],
  ['F3', 'syslog', 103, '3, buffer, 64'],
  ['F3', 'vhangup', 153],
  ['F3', 'sethostname', 170, 'b"x", 1'],
  ['F3', 'setdomainname', 171, 'b"x", 1'],
  ['F3', 'lookup_dcookie', 212, '0, buffer, 64'],
  ['F3', 'fanotify_init', 300, '0, 0'],
  ['F3', 'process_madvise', 440, '0, buffer, 1, 0, 0'],
  ['F3', 'pidfd_getfd', 438, '0, 0, 0'],
  ['F3', 'move_pages', 279, '1, 0, 0, 0, 0, 0'],
  ['F3', 'migrate_pages', 256, '1, 0, 0, 0'],
  ['F3', 'uselib', 134, 'b"/bin/sh"'],
  ['F3', 'personality that turns randomisation off', 135, '0x0040000'],
  ['F3', 'setuid to root', 105, '0'],
  ['F3', 'setgroups', 116, '1, buffer'],
  ['F3', 'capset', 126, 'ctypes.create_string_buffer(b"\\x22\\x05\\x08\\x20" + bytes(4)), b"\\xff" * 24'],
  ['F3', 'shmget', 29, '0, 4096, 0o1666'],
  ['F3', 'semget', 64, '0, 1, 0o1666'],
  ['F3', 'msgget', 68, '0, 0o1666'],
  ['F3', 'mq_open', 240, 'b"x", 0o102, 0o600, 0'],
  ['F3', 'modify_ldt', 154, '1, buffer, 16'],
  ['F3', 'memfd_secret', 447, '0'],
];

/** Harmless or private where gVisor answers them; there only the host's safety counts, and that the sandbox lives on. */
const SENTRY_ANSWERS =
  /^(unshare|clone|setns|mount|umount2|pivot_root|chroot|fsopen|open_tree|move_mount|mount_setattr|shmget|semget|msgget|mq_open|personality|setuid|setgroups|capset|sethostname|setdomainname|syslog|iopl|ioperm|move_pages|migrate_pages|io_uring|modify_ldt|add_key|keyctl|adjtimex|setgroups)/;

const systemCall = ([row, name, number, args]: (typeof CALLS)[number]): HostileCase =>
  one({
    row,
    name: `calls ${name}`,
    needs: ['system-calls', 'x86-64'],
    run: py`
      import ctypes, errno
      libc = ctypes.CDLL(None, use_errno=True)
      buffer = ctypes.create_string_buffer(4096)
      answer = libc.syscall(${number}${args === undefined ? '' : `, ${args}`})
      "refused" if answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOSYS) else (answer, errno.errorcode.get(ctypes.get_errno()))`,
    expect: valued("'refused'"),
    ...(SENTRY_ANSWERS.test(name) && { notOn: { runsc: INSIDE_THE_SENTRY } }),
    on: { runsc: { value: /^('refused'|\(-1, .*\))$/ } },
  });

/** Runs machine code and shows what it left in the register for results. */
const MACHINE_CODE = py`
  import ctypes, mmap
  def run(code):
      page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
      page.write(code)
      return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
`;

export const KERNEL: readonly HostileCase[] = [
  ...CALLS.map(systemCall),
  one({
    row: 'F1',
    name: 'makes a user namespace with a program of the image',
    needs: ['processes'],
    run: 'import subprocess\nsubprocess.run(["unshare", "-Ur", "id", "-u"], capture_output=True, text=True).stdout',
    expect: valued("''"),
    notOn: { runsc: INSIDE_THE_SENTRY },
  }),
  {
    row: 'F4',
    name: 'locks a file of the image, for its neighbour to notice: no more than the decided answer',
    needs: ['system-calls'],
    steps: [
      {
        run: 'import fcntl\nfile = open("/etc/passwd")\nfcntl.flock(file, fcntl.LOCK_SH)\nfcntl.flock(file, fcntl.LOCK_UN)\n"shared locks work"',
        expect: { status: ['ok', 'error'], state: 'kept' },
      },
    ],
  },
  one({
    row: 'F5',
    name: 'makes a 32-bit system call',
    needs: ['system-calls', 'x86-64'],
    // mov eax, 20 (getpid in the old table); int 0x80; ret
    run: `${MACHINE_CODE}\nanswer = run(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")\nprint("it answered") if answer >= 0 else None`,
    expect: { status: ['ok', 'killed'], stdout: '' },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'F5',
    name: 'makes a system call of the x32 kind',
    needs: ['system-calls', 'x86-64'],
    run: 'import ctypes\nprint("it answered") if ctypes.CDLL(None).syscall(0x40000000 + 39) >= 0 else None',
    expect: { status: ['ok', 'killed'], stdout: '' },
  }),
  one({
    row: 'F5',
    name: 'unshares through the 32-bit table',
    needs: ['system-calls', 'x86-64'],
    // mov eax, 310; mov ebx, CLONE_NEWUSER; int 0x80; ret (rbx is kept in rcx's place: push and pop)
    run: `${MACHINE_CODE}\nanswer = run(b"\\x53\\xb8\\x36\\x01\\x00\\x00\\xbb\\x00\\x00\\x00\\x10\\xcd\\x80\\x5b\\xc3")\nprint("it answered") if answer >= 0 else None`,
    expect: { status: ['ok', 'killed'], stdout: '' },
    on: { runsc: ANYTHING },
  }),
  one({
    row: 'F6',
    name: 'looks for programs that would give it rights',
    needs: ['system-calls'],
    timeoutMs: 30_000,
    run: py`
      import os, stat
      found = []
      for root, folders, names in os.walk("/"):
          folders[:] = [name for name in folders if os.path.join(root, name) not in ("/proc", "/sys")]
          for name in names:
              try: mode = os.lstat(os.path.join(root, name)).st_mode
              except OSError: continue
              if stat.S_ISREG(mode) and mode & 0o6000: found.append(os.path.join(root, name))
      found`,
    expect: valued('[]'),
  }),
  one({
    row: 'F6',
    name: 'looks for files with capabilities',
    needs: ['system-calls'],
    timeoutMs: 30_000,
    run: py`
      import os
      found = []
      for root in ("/bin", "/usr/bin", "/sbin", "/usr/sbin"):
          for name in os.listdir(root):
              try: os.getxattr(os.path.join(root, name), "security.capability")
              except OSError: continue
              found.append(name)
      found`,
    expect: valued('[]'),
  }),
  one({ row: 'F6', name: 'becomes root', needs: ['system-calls'], run: 'import os; os.setuid(0)', expect: raises('PermissionError') }),
  one({
    row: 'F6',
    name: 'asks su',
    needs: ['processes'],
    run: 'import subprocess\nsubprocess.run(["su", "-c", "id -u"], input="", capture_output=True, text=True).stdout',
    expect: { status: ['ok', 'error'], state: 'kept', value: /^''$/ },
  }),
  one({
    row: 'F6',
    name: 'looks at its rights: none',
    needs: ['proc'],
    run: py`
      status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
      [status.get(name, "0" * 16).strip() for name in ("Uid", "Gid", "CapEff", "CapPrm", "CapInh", "CapAmb")]`,
    expect: valued(
      "['65534\\t65534\\t65534\\t65534', '65534\\t65534\\t65534\\t65534', '0000000000000000', '0000000000000000', '0000000000000000', '0000000000000000']",
    ),
    on: { runsc: { value: /^\['65534\\t65534\\t65534\\t65534', '65534\\t65534\\t65534\\t65534', '0{16}', '0{16}', '0{16}'/ } },
  }),
  one({
    row: 'F6',
    name: 'can’t gain rights any more, and its system calls are filtered',
    needs: ['proc'],
    run: py`
      status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
      [status["NoNewPrivs"], status["Seccomp"]]`,
    expect: valued("['1', '2']"),
    on: { runsc: { value: undefined, status: ['ok', 'error'], error: undefined } },
  }),
  one({
    row: 'F7',
    name: 'looks for secrets of the server in its environment',
    run: 'import os\n[name for name in os.environ if any(word in name.upper() for word in ("TOKEN", "KEY", "SECRET", "PASSWORD", "INTERLEAVE"))]',
    expect: valued('[]'),
  }),
  one({
    row: 'F7',
    name: 'reads the names of the machine: only what we gave',
    needs: ['system-calls'],
    run: 'import socket; socket.gethostname()',
    expect: valued("'sandbox'"),
  }),
  one({
    row: 'F7',
    name: 'reads addresses of the kernel: zeros',
    needs: ['proc'],
    run: py`
      try: first = open("/proc/kallsyms").readline().split()[:1]
      except OSError: first = []
      set("".join(first)) <= {"0"}`,
    expect: valued('True'),
  }),
  one({
    row: 'F7',
    name: 'reads what is masked',
    needs: ['proc'],
    run: py`
      import os
      read = []
      for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats", "/proc/interrupts"):
          try: data = open(path, "rb").read(64)
          except OSError: continue
          if data: read.append(path)
      for folder in ("/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"):
          try: names = os.listdir(folder)
          except OSError: continue
          if names: read.append(folder)
      read`,
    expect: valued('[]'),
  }),
  one({
    row: 'F7',
    name: 'looks at disks, memory and consoles of the host',
    needs: ['system-calls'],
    run: 'import os\nsorted(set(os.listdir("/dev")) - set("null zero full random urandom tty ptmx pts shm mqueue fd stdin stdout stderr core console".split()))',
    expect: valued('[]'),
    on: { runsc: { value: /^\[('fuse')?(, )?('net')?\]$/ } },
  }),
  one({
    row: 'F7',
    name: 'reads other mounts of the host in its own table',
    needs: ['proc'],
    run: 'import os\n[path for path in ("/host", "/rootfs", "/mnt", "/media", "/boot", "/srv") if os.path.isdir(path) and os.listdir(path)]',
    expect: valued('[]'),
  }),
];
