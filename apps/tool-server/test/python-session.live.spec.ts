import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { describeWithDocker, waitUntil } from '@interleave/testing';
import { INSTANCE_LABEL, SANDBOX_LABEL } from '../src/container/labels';
import { SANDBOX_BACKEND } from '../src/backend/sandbox-backend';
import type { DockerBackend } from '../src/backend/docker-backend';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first

describeWithDocker('Python sessions in real containers', () => {
  const docker = new DockerContainerRuntime();
  let server: ToolServerUnderTest;

  beforeAll(async () => {
    server = await (await ToolServerUnderTest.start(docker, { SANDBOX_POOL_SIZE: '2' })).ready(BOOT_MS);
  }, BOOT_MS);

  afterAll(() => server.stop());

  it('keeps variables, imports and classes from call to call', async () => {
    const session = await server.open();
    await server.execute(session, 'import math\nx = 41\nclass P:\n  pass');
    expect(await server.execute(session, 'x + 1')).toMatchObject({ status: 'ok', state: 'kept', call: 2, value: '42', stdout: '' });
    expect((await server.execute(session, 'import pickle; type(pickle.loads(pickle.dumps(P()))) is P')).value).toBe('True');
    expect((await server.execute(session, 'print(math.pi)')).stdout).toBe('3.141592653589793\n');
    await server.close(session);
  });

  it('shows tracebacks as Python does, of the cells only', async () => {
    const session = await server.open();
    await server.execute(session, 'def f(x):\n    return 1 / x');
    expect((await server.execute(session, 'f(0)')).error).toEqual({
      type: 'ZeroDivisionError',
      message: 'division by zero',
      traceback: [
        'Traceback (most recent call last):',
        '  File "<cell 2>", line 1, in <module>',
        '    f(0)',
        '  File "<cell 1>", line 2, in f',
        '    return 1 / x',
        '           ~~^~~',
        'ZeroDivisionError: division by zero',
      ].join('\n'),
    });
    expect((await server.execute(session, 'x = = 1')).error).toEqual({
      type: 'SyntaxError',
      message: 'invalid syntax',
      traceback: ['  File "<cell 3>", line 1', '    x = = 1', '        ^', 'SyntaxError: invalid syntax'].join('\n'),
    });
    expect((await server.execute(session, 'pritn(1)')).error?.traceback).toMatch(
      /NameError: name 'pritn' is not defined. Did you mean: 'print'\?$/,
    );
    await server.close(session);
  });

  it('keeps the order of the streams and reads the input it was given', async () => {
    const session = await server.open();
    const streams = await server.execute(session, 'import sys\nprint("a")\nprint("b", file=sys.stderr)');
    expect(streams).toMatchObject({ stdout: 'a\n', stderr: 'b\n', output: 'a\nb\n' });
    expect((await server.execute(session, 'print(input() + input())', { stdin: 'x\ny\n' })).stdout).toBe('xy\n');
    await server.close(session);
  });

  it('leaves nothing of a session to the next one in the same container', async () => {
    const small = await (await ToolServerUnderTest.start(docker, { SANDBOX_POOL_SIZE: '1', SANDBOX_MAX_SESSIONS: '1' })).ready(BOOT_MS);
    const first = await small.open();
    await small.execute(
      first,
      'import os\nsecret = 1\nos.makedirs("/tmp/a/b/c"); open("/tmp/a/b/c/d", "w").write("x"); open("/dev/shm/x", "w").write("x")\n' +
        'os.chmod("/tmp/a/b", 0); os.symlink("/etc", "/tmp/link"); os.mkfifo("/tmp/fifo"); os.environ["LEAK"] = "1"\n' +
        'import json; json.dumps = None',
    );
    const machine = (await small.execute(first, 'open("/proc/self/cgroup").read() + open("/proc/1/stat").read().split()[21]')).value;
    await small.close(first);
    const next = await small.open();
    expect((await small.execute(next, 'open("/proc/self/cgroup").read() + open("/proc/1/stat").read().split()[21]')).value).toBe(machine);
    const traces =
      'import os, json; [sorted(os.listdir("/tmp")), os.listdir("/dev/shm"), "secret" in globals(), "LEAK" in os.environ, json.dumps is None]';
    expect((await small.execute(next, traces)).value).toBe("[['.matplotlib'], [], False, False, False]");
    await small.stop();
  });

  it('leaves nothing of a session in the memory of the next one', async () => {
    const small = await (await ToolServerUnderTest.start(docker, { SANDBOX_POOL_SIZE: '1', SANDBOX_MAX_SESSIONS: '1' })).ready(BOOT_MS);
    const first = await small.open();
    for (const code of ['"needle-4711 value"', 'print("needle-4711 output " * 60_000)', 'raise ValueError("needle-4711 error")']) {
      await small.execute(first, code, { stdin: 'needle-4711 input' });
    }
    const file = `/v1/sessions/${first}/files/needle-4711%20path/needle-4711%20path`;
    for (const method of ['PUT', 'GET', 'DELETE'] as const) {
      const { statusCode, body } = await small.send(method, file, method === 'PUT' ? { body: 'needle-4711 content '.repeat(60_000) } : {});
      expect(statusCode).toBeLessThan(300);
      await body.dump();
      await small.call('GET', `/v1/sessions/${first}/files`);
    }
    await small.close(first);
    const next = await small.open();
    const search = `
needle = b"-".join([b"needle", b"4711"])  # not as one literal: this program is in memory as well
found = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for area in maps:
        start, end = (int(number, 16) for number in area.split()[0].split("-"))
        if not area.split()[1].startswith("r") or "[v" in area:
            continue
        memory.seek(start)
        data = memory.read(end - start)
        place = data.find(needle)
        while place >= 0:
            found.append(data[place : place + 24])
            place = data.find(needle, place + 1)
[text for text in found if any(word in text for word in (b"value", b"output", b"error", b"input", b"path", b"content"))]`;
    expect(await small.execute(next, search)).toMatchObject({ value: '[]', error: null });
    await small.stop();
  });

  it('keeps exactly the head and the tail of what was written', async () => {
    const frugal = await (await ToolServerUnderTest.start(docker, { MAX_OUTPUT_BYTES: '1024' })).ready(BOOT_MS);
    const session = await frugal.open();
    const numbers = Array.from({ length: 5000 }, (_, index) => `${index}\n`).join('');
    const { stdout, stderr, truncated } = await frugal.execute(
      session,
      'import sys\nfor i in range(5000): print(i)\nprint("e", file=sys.stderr)',
    );
    const cut = numbers.length - 1024;
    expect(stdout).toBe(`${numbers.slice(0, 512)}\n... [${cut} bytes cut] ...\n${numbers.slice(-512)}`);
    expect({ stderr, truncated }).toEqual({ stderr: 'e\n', truncated: { stdout_bytes: cut, stderr_bytes: 0 } });
    await frugal.stop();
  });

  it('does not draw the same random numbers in two sessions', async () => {
    const [one, other] = [await server.open(), await server.open()];
    const draw = 'import numpy, random; (numpy.random.rand(), random.random())';
    expect((await server.execute(one, draw)).value).not.toBe((await server.execute(other, draw)).value);
    await Promise.all([server.close(one), server.close(other)]);
  });

  it.each([
    ['sympy', 'from sympy import *; x = symbols("x"); solve(x**2 - 4)', '[-2, 2]'],
    ['numpy', 'import numpy as np; int(np.linalg.det(np.eye(3)))', '1'],
    ['scipy', 'from scipy.optimize import brentq; round(brentq(lambda x: x * x - 2, 0, 2), 6)', '1.414214'],
    ['pandas', 'import pandas as pd; int(pd.DataFrame({"a": [1, 2]}).a.sum())', '3'],
    ['matplotlib', 'import matplotlib.pyplot as plt, io; plt.plot([1, 2]); b = io.BytesIO(); plt.savefig(b); b.getvalue()[1:4]', "b'PNG'"],
    ['networkx', 'import networkx as nx; nx.shortest_path_length(nx.path_graph(4), 0, 3)', '3'],
    ['multiprocessing', 'import multiprocessing as m\nwith m.Pool(2) as p: r = p.map(abs, [-1, -2])\nr', '[1, 2]'],
  ])('can use %s', async (_name, code, value) => {
    const session = await server.open();
    const result = await server.execute(session, code);
    expect({ value: result.value, error: result.error }).toEqual({ value, error: null });
    await server.close(session);
  });

  it('ends a program when its client goes away', async () => {
    const session = await server.open();
    await server.execute(session, 'x = 1');
    const leaving = new AbortController();
    const call = server.call('POST', `/v1/sessions/${session}/execute`, { code: 'while True: pass' }, { signal: leaving.signal });
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 0, 3000);
    expect((await server.execute(session, 'x')).value).toBe('1');
    await server.close(session);
  });

  it('goes on with another container when one is removed behind its back', async () => {
    const session = await server.open();
    const call = server.call('POST', `/v1/sessions/${session}/execute`, { code: 'import time; time.sleep(8)' });
    await waitUntil(async () => (await server.capabilities()).run_slots.active === 1);
    for (const id of server.app.get<DockerBackend>(SANDBOX_BACKEND).knownContainers) await docker.remove(id, AbortSignal.timeout(10_000));
    expect(await call).toMatchObject({ status: 503, body: { error: { code: 'sandbox_unavailable' } } });
    expect(await server.execute(await server.open(), '1 + 1')).toMatchObject({ status: 'ok', value: '2' });
  });

  it('leaves no container behind when it ends', async () => {
    const other = await (await ToolServerUnderTest.start(docker)).ready(BOOT_MS);
    const session = await other.open();
    const running = other.call('POST', `/v1/sessions/${session}/execute`, { code: 'while True: pass' }).catch(() => null);
    await waitUntil(async () => (await other.capabilities()).run_slots.active === 1);
    const [id = ''] = other.app.get<DockerBackend>(SANDBOX_BACKEND).knownContainers;
    const containers = () => docker.list(SANDBOX_LABEL, AbortSignal.timeout(5000));
    const instance = (await containers()).find((container) => container.id === id)?.labels[INSTANCE_LABEL];
    expect(instance).toEqual(expect.any(String));
    await other.stop();
    await running;
    expect((await containers()).filter(({ labels }) => labels[INSTANCE_LABEL] === instance)).toEqual([]);
  });
});
