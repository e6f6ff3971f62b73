import type { ExecutionResult } from '@interleave/contracts';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

/** Each case is one program in a session of its own; afterwards the same session must still answer truthfully. */
describeWithDocker('hostile programs in real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2', SANDBOX_CHECKPOINT: 'off' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  /** What the program came to, and what `marker`, set before it, was after it. */
  async function attack(code: string, timeoutMs = 1000): Promise<{ result: ExecutionResult; markerAfter: string | null }> {
    const session = await server.open();
    await server.execute(session, 'marker = "still here"');
    const result = await server.execute(session, code, { timeout_ms: timeoutMs });
    const { value } = await server.execute(session, '"marker" in globals()');
    await server.close(session);
    return { result, markerAfter: value };
  }

  it.each([
    ['a loop in Python', 'while True: pass'],
    ['a sleep', 'import time; time.sleep(100)'],
    ['a child that is waited for', 'import subprocess; subprocess.run(["sleep", "100"])'],
    ['a shell that takes the interrupt for itself', 'import os\nos.system("sleep 100")\nos.system("sleep 100")'],
  ])('interrupts %s at the time limit and keeps the variables', async (_name, code) => {
    const { result, markerAfter } = await attack(`print("before")\n${code}`, 500);
    expect(result).toMatchObject({ status: 'timeout', state: 'kept', stdout: expect.stringContaining('before\n') });
    expect(markerAfter).toBe('True');
    expect(result.wall_ms).toBeLessThan(2500);
  });

  it.each([
    ['a loop in C', 'sum(range(10**12))'],
    ['ignored interrupts', 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass'],
    ['blocked signals', 'import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass'],
    ['a stop of itself', 'import os\nos.kill(os.getpid(), 19)'],
  ])('kills %s, keeps what was printed, and says that the variables are gone', async (_name, code) => {
    const { result, markerAfter } = await attack(`print("before")\n${code}`, 300);
    expect(result).toMatchObject({ status: 'timeout', state: 'reset', stdout: 'before\n', exit: { signal: 'SIGKILL' } });
    expect(markerAfter).toBe('False');
    expect(result.wall_ms).toBeLessThan(2500);
  });

  it.each([
    ['more memory than there is, at once', 'x = bytearray(10 << 30)', 'MemoryError'],
    ['a list of 2 GiB', 'x = [0] * (256 * 2**20)', 'MemoryError'],
    ['an array of 3 GiB', 'import numpy as np\nx = np.ones(3 << 27)', 'MemoryError'],
    ['a thread bomb', 'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()', 'RuntimeError'],
    ['endless recursion', 'def f(): f()\nf()', 'RecursionError'],
    ['a full disk', 'with open("/tmp/a", "wb") as f:\n  while True: f.write(b"x" * 10**6)', 'OSError'],
    ['too many files', 'for i in range(10**5): open(f"/tmp/{i}", "w").close()', 'OSError'],
    ['a write to the system', 'open("/usr/x", "w")', 'OSError'],
    ['the network', 'import socket; socket.create_connection(("1.1.1.1", 53), timeout=1)', 'OSError'],
    ['the metadata service', 'import urllib.request as u; u.urlopen("http://169.254.169.254/", timeout=1)', 'URLError'],
    ['a name', 'import socket; socket.gethostbyname("example.com")', 'gaierror'],
    ['the supervisor’s memory', 'open("/proc/1/mem", "rb")', 'PermissionError'],
    ['the supervisor’s streams', 'import os; os.open("/proc/1/fd/1", os.O_WRONLY)', 'PermissionError'],
    [
      'a namespace of its own',
      'import ctypes, os\nif ctypes.CDLL(None, use_errno=True).unshare(0x10000000): raise OSError(ctypes.get_errno())',
      'OSError',
    ],
    ['a raw kernel interface', 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)', 'PermissionError'],
    ['a higher priority', 'import os; os.nice(-5)', 'PermissionError'],
    ['standard input that is not there', 'input("? ")', 'EOFError'],
  ])('answers %s with an exception and keeps the variables', async (_name, code, type) => {
    const { result, markerAfter } = await attack(code, 5000);
    expect({ status: result.status, state: result.state, type: result.error?.type }).toEqual({ status: 'error', state: 'kept', type });
    expect(markerAfter).toBe('True');
  });

  it('gives a program no rights at all', async () => {
    const code = `
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
[status[name].strip() for name in ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")]`;
    const { result } = await attack(code);
    expect(result.value).toBe("['65534\\t65534\\t65534\\t65534', '0000000000000000', '0000000000000000', '1', '2']");
  });

  // Numbers of system calls differ between architectures; the filter itself goes by name.
  const itOnX64 = process.arch === 'x64' ? it : it.skip;
  itOnX64('refuses the system calls that have opened sandboxes before', async () => {
    const code = `
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
calls = dict(io_uring_setup=425, keyctl=250, add_key=248, ptrace=101, bpf=321, perf_event_open=298, userfaultfd=323, unshare=272, setns=308,
             mount=165, chroot=161, pivot_root=155, process_vm_readv=310, process_vm_writev=311, pidfd_getfd=438, kcmp=312, init_module=175,
             shmget=29, semget=64, msgget=68, mq_open=240, name_to_handle_at=303, open_by_handle_at=304, reboot=169, swapon=167, iopl=172)
answers = {name: (libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()) for name, number in calls.items()}
sockets = {family: (libc.socket(family, 3, 0), ctypes.get_errno()) for family in (16, 17, 31, 38, 40)}
[key for key, answer in (answers | sockets).items() if answer != (-1, errno.EPERM)]`;
    expect((await attack(code)).result.value).toBe('[]');
  });

  it.each([
    ['os._exit', 'import os; print("bye", flush=True); os._exit(0)', { code: 0, signal: null }],
    ['an abort', 'import os; print("bye"); os.abort()', { code: null, signal: 'SIGABRT' }],
    ['a segmentation fault', 'import ctypes; print("bye"); ctypes.string_at(0)', { code: null, signal: 'SIGSEGV' }],
    ['another program in its place', 'import os; os.execv("/bin/echo", ["echo", "bye"])', { code: 0, signal: null }],
  ])('reports %s as the end of the interpreter, with what was printed before', async (_name, code, exit) => {
    const { result, markerAfter } = await attack(code);
    expect(result).toMatchObject({ status: 'killed', state: 'reset', stdout: 'bye\n', exit });
    expect(markerAfter).toBe('False');
  });

  it('takes sys.exit for what it is in a notebook: the end of the cell', async () => {
    expect((await attack('import sys; sys.exit()')).result).toMatchObject({ status: 'ok', state: 'kept', exit: { code: 0 } });
    expect((await attack('import sys; sys.exit(3)')).result).toMatchObject({ status: 'error', state: 'kept', exit: { code: 3 } });
  });

  it('kills the session when several processes together use more memory than there is, and calls it out of memory', async () => {
    const { result } = await attack(
      `
import os, time
def hog(mebibytes):
    block = bytearray(mebibytes << 20)
    for place in range(0, len(block), 4096): block[place] = 1
    return block
if os.fork() == 0:
    kept = hog(180)
    time.sleep(60)
time.sleep(0.5)
kept = hog(340)
time.sleep(60)`,
      10_000,
    );
    expect(result).toMatchObject({ status: 'oom', state: 'reset', exit: { signal: 'SIGKILL' } });
  });

  it.each([
    ['that runs out of processes', 'import os\nwhile True: os.fork()'],
    ['that goes on', 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'],
    ['that multiplies', 'import os\nfor _ in range(30): os.fork()'],
  ])('survives a fork bomb %s: the session answers at once afterwards, and can start processes', async (_name, code) => {
    const session = await server.open();
    await server.execute(session, code, { timeout_ms: 500 });
    const next = await server.execute(session, 'import subprocess; subprocess.run(["echo", "hi"], capture_output=True).stdout', {
      timeout_ms: 2000,
    });
    expect(next).toMatchObject({ status: 'ok', value: "b'hi\\n'" });
    await server.close(session);
  });

  it('lets a background process go on in the next call, and not beyond the session', async () => {
    const session = await server.open();
    const daemon = `
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("/tmp/up", "w").close()
        while True: pass
    os._exit(0)
while not os.path.exists("/tmp/up"): time.sleep(0.01)`;
    await server.execute(session, daemon);
    // PID 1, the session, its child that nobody waits for, and the daemon.
    const count = 'import os; len([name for name in os.listdir("/proc") if name.isdigit()])';
    expect((await server.execute(session, count)).value).toBe('4');
    await server.close(session);
    const next = await server.open();
    const processes = 'import os; sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [1, os.getpid()]';
    expect((await server.execute(next, processes)).value).toBe('True');
    await server.close(next);
  });

  it('keeps head and tail of much output, says what is missing, and kills a flood', async () => {
    const much = await attack('for i in range(600_000): print(i)', 20_000);
    expect(much.result).toMatchObject({ status: 'ok', stdout: expect.stringMatching(/^0\n1\n[^]*bytes cut[^]*599999\n$/) });
    expect(much.result.stdout.length + much.result.truncated.stdout_bytes).toBeGreaterThan(4_000_000);
    expect(much.result.stdout.length).toBeLessThan(1_048_576 + 100);
    const flood = await attack('while True: print("x" * 1000)', 20_000);
    expect(flood.result).toMatchObject({ status: 'output_limit', state: 'reset' });
  });

  it('accepts no forged frame, wherever a program writes it', async () => {
    const forge = 'frame = b"\\x00\\x00\\x00\\x02\\x87\\x00\\x00\\x00\\x02{}"';
    const { result } = await attack(`import os\n${forge}\nfor fd in range(1024):\n  try: os.write(fd, frame)\n  except OSError: pass`);
    // On its own pipe to the supervisor a forgery costs the program its session; everywhere else it is output.
    expect(result).toMatchObject({ status: 'killed', state: 'reset' });
    expect(result.stdout).toContain('{}');
    const onlyOutput = await attack(`import os\n${forge}\nos.write(1, frame); os.write(2, frame)`);
    expect(onlyOutput.result).toMatchObject({ status: 'ok', state: 'kept', stderr: expect.stringContaining('{}') });
  });

  it.each([
    ['closes all descriptors', 'import os; os.closerange(0, 65536)'],
    ['breaks the builtins', 'import builtins\nfor name in list(vars(builtins)):\n  if name != "setattr": setattr(builtins, name, None)'],
    ['empties the module table', 'import sys; sys.modules.clear()'],
    [
      'kills everything it may',
      'import os, signal\nfor pid in (1, -1):\n  for s in (15, 19, 9):\n    try: os.kill(pid, s)\n    except OSError: pass',
    ],
  ])('goes on in the next session after one that %s', async (_name, code) => {
    const session = await server.open();
    await server.execute(session, code, { timeout_ms: 1000 });
    await server.close(session);
    const next = await server.open();
    expect(await server.execute(next, '6 * 7')).toMatchObject({ status: 'ok', value: '42' });
    await server.close(next);
  });

  it('gives valid text for any bytes', async () => {
    const { result } = await attack('import os; os.write(1, b"\\xff\\xfe\\x00\\xe2\\x82"); print(chr(0xd800))');
    expect(result).toMatchObject({ status: 'ok', stdout: '\ufffd\ufffd\0\ufffd?\n' });
  });
});
