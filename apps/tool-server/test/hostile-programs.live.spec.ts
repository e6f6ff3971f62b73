import type { ExecutionResult } from '@interleave/contracts';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

/** One attack of each kind. The catalogue is `npm run test:hostile`, with the invariants that hold around every case. */
describeWithDocker('hostile programs in real containers', () => {
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  /** What the program came to, and whether `marker`, set before it, was still there after it. */
  async function attack(code: string, timeoutMs: number): Promise<{ result: ExecutionResult; hasMarker: boolean }> {
    const session = await server.open();
    await server.execute(session, 'marker = "still here"');
    const result = await server.execute(session, code, { timeout_ms: timeoutMs });
    const { value } = await server.execute(session, '"marker" in globals()');
    await server.close(session);
    return { result, hasMarker: value === 'True' };
  }

  it('interrupts a loop at the time limit and keeps the variables', async () => {
    const { result, hasMarker } = await attack('print("before")\nwhile True: pass', 500);
    expect(result).toMatchObject({ status: 'timeout', state: 'kept', stdout: 'before\n' });
    expect(hasMarker).toBe(true);
  });

  it('kills a loop in C, keeps what was printed, and says truly what became of the variables', async () => {
    const { result, hasMarker } = await attack('print("before")\nsum(range(10**12))', 300);
    expect(result).toMatchObject({ status: 'timeout', stdout: 'before\n', exit: { signal: 'SIGKILL' } });
    expect(['restored', 'reset']).toContain(result.state);
    expect(hasMarker).toBe(result.state === 'restored');
  });

  it.each([
    ['more memory than there is', 'x = bytearray(10 << 30)', 'MemoryError'],
    ['a thread bomb', 'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()', 'RuntimeError'],
    ['a full disk', 'with open("/tmp/a", "wb") as f:\n  while True: f.write(b"x" * 10**6)', 'OSError'],
    ['a write to the system', 'open("/usr/x", "w")', 'OSError'],
    ['the network', 'import socket; socket.create_connection(("1.1.1.1", 53), timeout=1)', 'OSError'],
    ['the supervisor’s memory', 'open("/proc/1/mem", "rb")', 'PermissionError'],
    ['a raw kernel interface', 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)', 'PermissionError'],
  ])('answers %s with an exception and keeps the variables', async (_name, code, type) => {
    const { result, hasMarker } = await attack(code, 10_000);
    expect({ status: result.status, state: result.state, type: result.error?.type }).toEqual({ status: 'error', state: 'kept', type });
    expect(hasMarker).toBe(true);
  });

  it('survives a fork bomb: the session can start processes afterwards', async () => {
    const session = await server.open();
    await server.execute(session, 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass', { timeout_ms: 500 });
    const next = await server.execute(session, 'import subprocess; subprocess.run(["echo", "hi"], capture_output=True).stdout');
    expect(next).toMatchObject({ status: 'ok', value: "b'hi\\n'" });
    await server.close(session);
  });

  it('calls it out of memory when the kernel had to end the session', async () => {
    const hog = 'import mmap\nblock = mmap.mmap(-1, 900 << 20)\nfor place in range(0, len(block), 4096): block[place] = 1';
    expect((await attack(hog, 20_000)).result).toMatchObject({ status: 'oom', exit: { signal: 'SIGKILL' } });
  });

  it('bounds a flood, and takes forged frames for the output that they are', async () => {
    expect((await attack('while True: print("x" * 1000)', 20_000)).result).toMatchObject({ status: 'output_limit' });
    const forge = 'import os\nos.write(1, b"\\x00\\x00\\x00\\x02\\x87\\x00\\x00\\x00\\x02{}")';
    expect((await attack(forge, 5000)).result).toMatchObject({ status: 'ok', state: 'kept', stdout: expect.stringContaining('{}') });
  });

  it('leaves nothing of a session to the next one', async () => {
    const first = await server.open();
    await server.execute(
      first,
      'import os\nopen("/tmp/left", "w").close(); open("/dev/shm/left", "w").close(); os.environ["LEFT"] = "1"\nif os.fork() == 0:\n  while True: pass',
    );
    await server.close(first);
    const look = 'import os\n[os.path.exists("/tmp/left"), os.path.exists("/dev/shm/left"), "LEFT" in os.environ]';
    // Two sandboxes are kept ready: one of the two has served the first session.
    const next = await Promise.all([server.open(), server.open()]);
    for (const session of next) expect((await server.execute(session, look)).value).toBe('[False, False, False]');
    for (const session of next) await server.close(session);
  });
});
