import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FINE, INTERRUPTED, one, valued } from './expectations';
import type { HostileCase, RequestStep } from './hostile-case';
import type { Lab } from '../run/lab';
import type { CallAnswer } from '../run/sandbox-client';

const run = promisify(execFile);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const say = (value: unknown): string => JSON.stringify(value).slice(0, 300);

const statusOf = (answer: CallAnswer): number => ('refusal' in answer ? answer.refusal.status : 200);
const valueOf = (answer: CallAnswer): string | null => ('result' in answer ? answer.result.value : null);

const to = (
  method: RequestStep['request'],
  path: string,
  status: RequestStep['answers']['status'],
  body?: RequestStep['body'],
): RequestStep => ({
  request: method,
  path,
  ...(body !== undefined && { body }),
  answers: { status },
});

/** Ids of the containers of the lab's server. */
async function containers({ server }: Lab): Promise<readonly string[]> {
  return (await server.running.containers()).map(({ id }) => id);
}

async function docker(...args: readonly string[]): Promise<string> {
  return (await run('docker', args, { timeout: 30_000 })).stdout.trim();
}

/** The container in which a session lives: the one whose process is stopped while it sleeps can't be told, so the one that a file in it names. */
async function containerOf(lab: Lab, session: string): Promise<string | null> {
  const name = `found-${Math.floor(performance.now() * 1000)}`;
  await lab.client.execute(session, { code: `open("/tmp/${name}", "w").close()` }, 20_000);
  for (const id of await containers(lab)) {
    const found = await docker('exec', id, 'test', '-e', `/tmp/${name}`).then(
      () => true,
      () => false,
    );
    if (found) return id;
  }
  return null;
}

/** The kernel's freezer sometimes needs more than one try when the machine is busy. */
async function pauseContainer(id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await docker('pause', id);
      return;
    } catch (error) {
      if (attempt === 10) throw error;
      await pause(200);
    }
  }
}

async function untilRefused(lab: Lab, session: string, withinMs: number): Promise<CallAnswer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await lab.client.execute(session, { code: '1' }, 30_000);
    if (statusOf(answer) !== 200 || performance.now() > deadline) return answer;
    await pause(100);
  }
}

async function opensAgain(lab: Lab): Promise<readonly string[]> {
  const session = await lab.client.open();
  const answer = await lab.client.execute(session, { code: '6 * 7' }, 30_000);
  await lab.client.close(session);
  return valueOf(answer) === '42' ? [] : [`a new session is of no use: ${say(answer)}`];
}

export const SESSIONS: readonly HostileCase[] = [
  {
    row: 'H1',
    name: 'calls twenty times at once: one after another, in order',
    scenario: async (lab) => {
      const { client } = lab;
      const session = await client.open();
      await client.execute(session, { code: 'import time\nlog = []' }, 20_000);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          client.execute(session, { code: `log.append("in")\ntime.sleep(0.02)\nlog.append("out")\nprint(${n})` }, 60_000),
        ),
      );
      const log = await client.execute(session, { code: 'log == ["in", "out"] * 20' }, 20_000);
      await client.close(session);
      const mixed = answers.flatMap((answer, n) =>
        'result' in answer && answer.result.stdout === `${n}\n` ? [] : [`call ${n} got ${say(answer)}`],
      );
      return [...mixed, ...(valueOf(log) === 'True' ? [] : [`the calls were mixed: ${say(log)}`])];
    },
  },
  {
    row: 'H1',
    name: 'is closed while it runs: the call ends, closing twice is harmless',
    scenario: async (lab) => {
      const { client } = lab;
      const session = await client.open();
      const running = client.execute(session, { code: 'while True: pass', timeout_ms: 30_000 }, 60_000);
      await pause(200);
      const startedAt = performance.now();
      await Promise.all([client.close(session), client.close(session)]);
      const answer = await running;
      const tookMs = performance.now() - startedAt;
      return [
        ...(statusOf(answer) === 410 ? [] : [`the call that was closed under it got ${say(answer)}`]),
        ...(tookMs < lab.lateAfterMs ? [] : [`closing took ${Math.round(tookMs)} ms`]),
        ...(await opensAgain(lab)),
      ];
    },
  },
  {
    row: 'H2',
    name: 'is called after it was closed: gone, with a reason; and after it never was: not found',
    scenario: async ({ client }) => {
      const session = await client.open();
      await client.close(session);
      const gone = await client.execute(session, { code: '1' }, 10_000);
      const never = await client.execute(session.replace(/^./, session.startsWith('A') ? 'B' : 'A'), { code: '1' }, 10_000);
      return [
        ...('refusal' in gone && gone.refusal.status === 410 && gone.refusal.code === 'session_expired'
          ? []
          : [`a closed session answers ${say(gone)}`]),
        ...('refusal' in never && never.refusal.status === 404 ? [] : [`an unknown session answers ${say(never)}`]),
      ];
    },
  },
  {
    row: 'H2',
    name: 'is called after it was idle for too long: gone, with a reason',
    narrow: true,
    scenario: async (lab) => {
      const session = await lab.client.open();
      await lab.client.execute(session, { code: 'x = 1' }, 10_000);
      await pause(10_500);
      const answer = await lab.client.execute(session, { code: 'x' }, 10_000);
      return 'refusal' in answer && answer.refusal.status === 410 && /nobody used it/.test(answer.refusal.message)
        ? []
        : [`it answers ${say(answer)}`];
    },
  },
  {
    row: 'H3',
    name: 'is left by its client in the middle of a call: the call ends, and the session goes on',
    scenario: async ({ client }) => {
      const session = await client.open();
      await client.execute(session, { code: 'marker = 7' }, 20_000);
      const leaving = new AbortController();
      const left = client.execute(session, { code: 'while True: pass', timeout_ms: 30_000 }, 60_000, leaving.signal).catch(() => 'left');
      await pause(300);
      leaving.abort();
      await left;
      const startedAt = performance.now();
      const answer = await client.execute(session, { code: 'marker' }, 40_000);
      const tookMs = performance.now() - startedAt;
      await client.close(session);
      return [
        ...(valueOf(answer) === '7' ? [] : [`the next call got ${say(answer)}`]),
        ...(tookMs < 10_000 ? [] : [`it took ${Math.round(tookMs)} ms to come free`]),
      ];
    },
  },
  {
    row: 'H3',
    name: 'is left by forty clients that open sessions and go: no sandbox stays taken',
    // Where the client left while the answer was on its way, the session lives until it has been idle for too long.
    narrow: true,
    scenario: async (lab) => {
      const { client } = lab;
      await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          const leaving = new AbortController();
          setTimeout(() => leaving.abort(), n);
          const opened = await client.send('POST', '/v1/sessions', { body: '{}', signal: leaving.signal }).catch(() => null);
          if (opened?.status === 201) await client.close((JSON.parse(opened.text) as { session_id: string }).session_id);
        }),
      );
      return opensAgain(lab);
    },
  },
  {
    row: 'H3',
    name: 'streams to a client that reads nothing: nobody else waits',
    scenario: async (lab) => {
      const session = await lab.client.open();
      const stalled = new AbortController();
      const body = JSON.stringify({ code: 'while True: print("x" * 1000)', timeout_ms: 3000 });
      const response = await fetch(`${lab.server.running.url}/v1/sessions/${session}/execute`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${lab.server.running.token}` },
        body,
        signal: stalled.signal,
      });
      const wrong = response.status === 200 ? [...(await opensAgain(lab))] : [`streaming answered ${response.status}`];
      await pause(1000);
      stalled.abort();
      await lab.client.close(session);
      return wrong;
    },
  },
  {
    row: 'H4',
    name: 'opens three hundred sessions at once on a server for four: few get one, the others a 503 that says when to come again',
    narrow: true,
    scenario: async (lab) => {
      const { client } = lab;
      const answers = await Promise.all(
        Array.from({ length: 300 }, () => client.send('POST', '/v1/sessions', { body: '{}', patienceMs: 30_000 })),
      );
      const opened = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status === 503);
      await Promise.all(opened.map(({ text }) => client.close((JSON.parse(text) as { session_id: string }).session_id)));
      return [
        ...(opened.length >= 1 && opened.length <= 4 ? [] : [`${opened.length} were opened`]),
        ...(opened.length + refused.length === 300 ? [] : [`some got ${say([...new Set(answers.map(({ status }) => status))])}`]),
        ...(refused.every(({ headers }) => Number(headers['retry-after']) > 0) ? [] : ['a refusal does not say when to come again']),
        ...(Math.max(...answers.map(({ tookMs }) => tookMs)) < 10_000 ? [] : ['an answer took more than ten seconds']),
        ...(await opensAgain(lab)),
      ];
    },
  },
  {
    row: 'H4',
    name: 'sends a thousand single calls at once: each has an answer',
    scenario: async (lab) => {
      const answers = await Promise.all(
        Array.from({ length: 1000 }, () =>
          lab.client.send('POST', '/v1/sessions/nobody/execute', { body: '{"code":"1"}', patienceMs: 30_000 }),
        ),
      );
      return [...(answers.every(({ status }) => status === 404) ? [] : ['not all got a 404']), ...(await opensAgain(lab))];
    },
  },
  {
    row: 'H5',
    name: 'has its container removed in mid-call: the call says so, the pool is refilled',
    needs: ['containers'],
    narrow: true,
    scenario: async (lab) => {
      const session = await lab.client.open();
      const id = await containerOf(lab, session);
      if (id === null) return ['its container was not found'];
      const running = lab.client.execute(session, { code: 'while True: pass', timeout_ms: 20_000 }, 60_000);
      await pause(200);
      await docker('rm', '-f', id);
      const answer = await running;
      const later = await lab.client.execute(session, { code: '1' }, 10_000);
      return [
        ...('refusal' in answer && answer.refusal.status >= 500 && answer.refusal.code === 'sandbox_unavailable'
          ? []
          : [`the call got ${say(answer)}`]),
        ...('refusal' in later && later.refusal.status === 410 ? [] : [`a later call got ${say(later)}`]),
        ...(await opensAgain(lab)),
      ];
    },
  },
  {
    row: 'H5',
    name: 'has its container paused in mid-call: the call still ends, with a 5xx',
    needs: ['containers'],
    narrow: true,
    notOn: { runsc: 'pausing a gVisor container stops its shim as well: the engine itself waits' },
    scenario: async (lab) => {
      const session = await lab.client.open();
      const id = await containerOf(lab, session);
      if (id === null) return ['its container was not found'];
      const running = lab.client.execute(session, { code: 'while True: pass', timeout_ms: 500 }, 60_000);
      await pauseContainer(id);
      const answer = await running;
      await docker('unpause', id).catch(() => '');
      return [
        ...('refusal' in answer && answer.refusal.status >= 500 && answer.tookMs < 30_000 ? [] : [`the call got ${say(answer)}`]),
        ...(await opensAgain(lab)),
      ];
    },
  },
  {
    row: 'H6',
    name: 'would get a sandbox that died while it waited: it gets a living one',
    needs: ['containers'],
    narrow: true,
    scenario: async (lab) => {
      for (const id of await containers(lab)) await docker('kill', id).catch(() => '');
      const startedAt = performance.now();
      const wrong = await opensAgain(lab);
      const tookMs = performance.now() - startedAt;
      return [...wrong, ...(tookMs < 20_000 ? [] : [`it took ${Math.round(tookMs)} ms`])];
    },
  },
  {
    row: 'H6',
    name: 'would get a sandbox that was paused while it waited: it gets a living one',
    needs: ['containers'],
    narrow: true,
    notOn: { runsc: 'pausing a gVisor container stops its shim as well: the engine itself waits' },
    scenario: async (lab) => {
      const ids = await containers(lab);
      for (const id of ids) await pauseContainer(id);
      // Long enough ago for its last sign of life to count for nothing.
      await pause(3000);
      const wrong = await opensAgain(lab);
      for (const id of ids) await docker('unpause', id).catch(() => '');
      return wrong;
    },
  },
  {
    row: 'H7',
    name: 'draws random numbers: no two sessions draw the same',
    scenario: async ({ client }) => {
      const draws: string[] = [];
      const code =
        'import random, os, uuid\ntry:\n  import numpy\n  n = numpy.random.random()\nexcept ImportError: n = random.random()\nprint(n)\nprint(random.random())\nprint(uuid.uuid4())\nprint(hash("x") and os.urandom(8).hex())';
      for (let round = 0; round < 4; round += 1) {
        const session = await client.open();
        const answer = await client.execute(session, { code }, 30_000);
        await client.close(session);
        if ('result' in answer) draws.push(...answer.result.stdout.trim().split('\n'));
      }
      return draws.length === 16 && new Set(draws).size === 16 ? [] : [`they drew ${say(draws)}`];
    },
  },
  {
    row: 'H8',
    name: 'guesses and bends session ids',
    steps: [
      ...[
        '..%2f..%2fetc',
        '%00',
        `${'a'.repeat(4000)}`,
        '__proto__',
        'constructor',
        'toString',
        '%2e%2e',
        "'%20OR%201=1",
        '%ff',
        '*',
        '%0d%0aX-Injected:%201',
      ].flatMap((id) => [
        to('POST', `/v1/sessions/${id}/execute`, [400, 404, 414, 431], '{"code":"1"}'),
        to('GET', `/v1/sessions/${id}`, [400, 404, 414, 431]),
        to('DELETE', `/v1/sessions/${id}`, [204, 400, 404, 414, 431]),
      ]),
      to('GET', `/v1/sessions/${'b'.repeat(1_000_000)}`, [400, 404, 414, 431]),
    ],
  },
  {
    row: 'H8',
    name: 'comes without the token, or with a wrong one',
    scenario: async ({ client }) => {
      const session = await client.open();
      const wrong: string[] = [];
      for (const token of [null, 'wrong', `${client.token}x`, client.token.slice(0, -1), client.token.toUpperCase()]) {
        for (const [method, path, body] of [
          ['POST', `/v1/sessions/${session}/execute`, '{"code":"1"}'],
          ['POST', '/v1/sessions', '{}'],
          ['GET', `/v1/sessions/${session}/files`, undefined],
          ['DELETE', `/v1/sessions/${session}`, undefined],
          ['POST', '/v1/executions', '{"code":"1"}'],
          ['POST', '/get_observation', '{}'],
          ['GET', '/v1/capabilities', undefined],
        ] as const) {
          const { status } = await client.send(method, path, { token, ...(body !== undefined && { body }) });
          if (status !== 401) wrong.push(`${method} ${path} with ${token === null ? 'no token' : 'a wrong token'} answered ${status}`);
        }
      }
      const still = await client.execute(session, { code: '6 * 7' }, 20_000);
      await client.close(session);
      return [...wrong, ...(valueOf(still) === '42' ? [] : [`the session suffered: ${say(still)}`])];
    },
  },
  {
    row: 'H8',
    name: 'asks for routes and methods that there are not',
    steps: [
      to('PATCH', '/v1/sessions', [404, 405]),
      to('GET', '/v1/sessions/{session}/execute', [404, 405]),
      to('POST', '/v1/sessions/{session}/execute/x', [404, 405], '{"code":"1"}'),
      to('PUT', '/v1/sessions/{session}', [404, 405], '{}'),
      to('GET', '//v1//sessions', [404, 405]),
      to('GET', '/v1/../../etc/passwd', [404, 405]),
      to('POST', '/v1/sessions', 400, '{"checkpoint":"maybe"}'),
      to('POST', '/v1/sessions', 400, '[]'),
      to('POST', '/get_observation', [400, 422], '{"trajectory_ids":"x"}'),
      to('POST', '/get_observation', [400, 413, 422], '['.repeat(100_000)),
    ],
  },
  {
    row: 'H8',
    name: 'speaks broken HTTP: the server lives on',
    scenario: async (lab) => {
      const { connect } = await import('node:net');
      const { hostname, port } = new URL(lab.server.running.url);
      const head = `Host: x\r\nAuthorization: Bearer ${lab.server.running.token}\r\n`;
      const texts = [
        'GARBAGE\r\n\r\n',
        '\0\0\0\0',
        `POST /v1/sessions HTTP/1.1\r\n${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}`,
        `POST /v1/sessions HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nzz\r\n`,
        `POST /v1/sessions HTTP/1.1\r\n${head}Content-Length: 99999999999999999999\r\n\r\n{}`,
        `POST /v1/sessions HTTP/1.1\r\n${head}Content-Length: 1000\r\n\r\n{"check`,
        `GET /ready HTTP/1.1\r\n${'X-Long: y\r\n'.repeat(5000)}\r\n`,
        `POST /v1/sessions HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
        `OPTIONS * HTTP/1.1\r\n${head}\r\n`,
        `CONNECT x:1 HTTP/1.1\r\n${head}\r\n`,
        `GET / HTTP/1.1\r\n${head}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      ];
      await Promise.all(
        texts.map(
          (text) =>
            new Promise<void>((resolve) => {
              const socket = connect(Number(port), hostname, () => socket.write(text));
              socket.on('error', () => undefined);
              socket.on('close', () => resolve());
              socket.on('data', () => undefined);
              setTimeout(() => socket.destroy(), 500);
            }),
        ),
      );
      return opensAgain(lab);
    },
  },
  {
    row: 'H9',
    name: 'writes a file, then dies: its variables may be rolled back, the file is not',
    checkpoint: 'always',
    needs: ['checkpoints'],
    steps: [
      { run: 'n = 1\nopen("f", "w").write("before")', expect: { status: 'ok' } },
      {
        run: 'n = 2\nopen("f", "w").write("after")\nsum(range(10**12))',
        timeoutMs: 300,
        expect: { status: 'timeout', state: 'restored' },
      },
      { run: '[n, open("f").read()]', expect: valued("[1, 'after']") },
    ],
  },
  one({
    row: 'H9',
    name: 'is interrupted in the middle of a change: what was done stays done',
    timeoutMs: 300,
    run: 'x = []\nwhile True: x.append(1) if len(x) < 10 else None',
    expect: INTERRUPTED,
  }),
  one({ row: 'H9', name: 'is a program like any other, after all this', run: 'sum(range(10))', expect: { ...FINE, value: '45' } }),
  {
    row: 'H5',
    name: 'has a sandbox made as hard as the engine can make it',
    needs: ['containers'],
    scenario: async (lab) => {
      const wrong: string[] = [];
      const [id] = await containers(lab);
      const [container] = JSON.parse(await docker('inspect', id ?? '')) as [
        { HostConfig: Record<string, unknown>; Mounts: unknown[]; Config: { Env: string[] } },
      ];
      const { HostConfig: host, Mounts: mounts } = container;
      const must = (name: string, isRight: boolean): void => {
        if (!isRight) wrong.push(`${name} is ${say(host[name])}`);
      };
      must('ReadonlyRootfs', host['ReadonlyRootfs'] === true);
      must('Privileged', host['Privileged'] === false);
      must('NetworkMode', host['NetworkMode'] === 'none');
      must('CapDrop', say(host['CapDrop']) === '["ALL"]');
      must(
        'CapAdd',
        host['CapAdd'] === null ||
          (Array.isArray(host['CapAdd']) &&
            host['CapAdd'].every((one) => /^(CAP_)?(SETUID|SETGID|KILL)$/.test(String(one)) && lab.runtime === 'runsc')),
      );
      must('SecurityOpt', /no-new-privileges/.test(say(host['SecurityOpt'])) || lab.runtime === 'runsc');
      must('Memory', Number(host['Memory']) > 0 && host['Memory'] === host['MemorySwap']);
      must('PidsLimit', Number(host['PidsLimit']) > 0 || lab.runtime === 'runsc');
      must('Binds', ((host['Binds'] as unknown[] | null) ?? []).length === 0);
      must('Devices', ((host['Devices'] as unknown[] | null) ?? []).length === 0);
      must('PidMode', host['PidMode'] === '');
      must('IpcMode', host['IpcMode'] === 'private');
      must('UTSMode', host['UTSMode'] === '');
      must('LogConfig', (host['LogConfig'] as { Type?: string }).Type === 'none');
      must('Init', host['Init'] !== true);
      if (mounts.length > 0) wrong.push(`it has mounts: ${say(mounts)}`);
      if (container.Config.Env.some((entry) => /token|secret|key/i.test(entry))) wrong.push('its environment holds something secret');
      return wrong;
    },
  },
  {
    row: 'H2',
    name: 'loses its sandbox by trickery: the session says so for good',
    needs: ['containers'],
    narrow: true,
    scenario: async (lab) => {
      const session = await lab.client.open();
      const id = await containerOf(lab, session);
      if (id !== null) await docker('kill', id);
      const answer = await untilRefused(lab, session, 10_000);
      const again = await lab.client.execute(session, { code: '1' }, 10_000);
      return statusOf(answer) !== 200 && statusOf(again) === 410 ? [] : [`it answers ${say(answer)}, then ${say(again)}`];
    },
  },
];
