import type { ExecutionResult } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { SandboxSession } from './sandbox-session';
import type { ToolServerClient } from './tool-server-client';

const signal = new AbortController().signal;
const X = { code: 'x', stdin: null };
const ignore = (): void => undefined;
const RAN: ExecutionResult = {
  status: 'ok',
  state: 'kept',
  restored_call: null,
  call: 1,
  stdout: '',
  stderr: '',
  output: '',
  value: null,
  error: null,
  images: [],
  exit: null,
  truncated: { stdout_bytes: 0, stderr_bytes: 0 },
  wall_ms: 1,
  queued_ms: 0,
  cpu_ms: 1,
  peak_memory_bytes: 1,
};

/** A trajectory's sandbox on a tool server that gives these answers, one after another. */
function sessionOn(client: Partial<ToolServerClient>): SandboxSession {
  const whole = { createSession: () => Promise.resolve('id'), closeSession: () => Promise.resolve(), ...client };
  return new SandboxSession(whole as ToolServerClient, { timeoutMs: 10_000, style: 'notebook', isLive: false });
}

function sessionThat(...answers: (Partial<ExecutionResult> | AppError)[]): SandboxSession {
  const client: Pick<ToolServerClient, 'createSession' | 'execute'> = {
    createSession: () => Promise.resolve('id'),
    execute: () => {
      const answer = answers.shift() ?? {};
      return answer instanceof AppError ? Promise.reject(answer) : Promise.resolve({ ...RAN, ...answer });
    },
  };
  return new SandboxSession(client as ToolServerClient, { timeoutMs: 10_000, style: 'notebook', isLive: false });
}

describe('the sandbox of a trajectory', () => {
  it('counts calls over all its sessions, also the one that variables were brought back from', async () => {
    const session = sessionThat(
      { call: 1 },
      new AppError('session_expired', 'Idle.'),
      { call: 1 },
      { call: 2 },
      {
        call: 3,
        state: 'restored',
        restored_call: 1,
      },
    );
    const results = [];
    for (let call = 0; call < 4; call += 1) results.push(await session.execute(X, ignore, signal));
    expect(results.map(({ call, state, restoredCall }) => [call, state, restoredCall])).toEqual([
      [1, 'kept', null],
      [2, 'reset', null],
      [3, 'kept', null],
      [4, 'restored', 2],
    ]);
  });

  it('tells how long the program ran, how long it waited for that, and how long all of it took', async () => {
    const session = sessionThat({ wall_ms: 7, queued_ms: 3 });
    const { wallMs, queuedMs, callMs } = await session.execute(X, ignore, signal);
    expect([wallMs, queuedMs, callMs >= 0]).toEqual([7, 3, true]);
  });

  it.each(['session_not_found', 'session_expired'] as const)('opens a session anew when the old one has ended: %s', async (code) => {
    const session = sessionThat({}, new AppError(code, 'Gone.'), { state: 'kept' });
    await session.execute(X, ignore, signal);
    await expect(session.execute(X, ignore, signal)).resolves.toMatchObject({ status: 'ok', state: 'reset' });
  });

  it('does not try again what failed for another reason', async () => {
    const failure = new AppError('sandbox_unavailable', 'Broken.');
    await expect(sessionThat(failure, {}).execute(X, ignore, signal)).rejects.toBe(failure);
  });
});

describe('a call that was started early', () => {
  it('gets a session of its own, which is closed when it is taken back', async () => {
    const closed: string[] = [];
    let opened = 0;
    const session = sessionOn({
      createSession: () => Promise.resolve(`s${(opened += 1)}`),
      closeSession: async (id) => void closed.push(id),
      execute: (id, { code }) => Promise.resolve({ ...RAN, output: `${id} ran ${code}` }),
    });
    const early = session.startEarly(X, ignore, signal);
    await early?.result;
    await early?.takeBack();
    await new Promise(setImmediate);

    expect(closed).toEqual(['s1']);
    await expect(session.execute(X, ignore, signal)).resolves.toMatchObject({ output: 's2 ran x', state: 'kept', call: 1 });
  });

  it('is ended when it is taken back while it runs', async () => {
    let reason: unknown = null;
    const session = sessionOn({
      execute: (_id, _call, _onOutput, callSignal) =>
        new Promise((_resolve, reject) => callSignal.addEventListener('abort', () => reject((reason = callSignal.reason) as Error))),
    });
    const early = session.startEarly(X, ignore, signal);
    const end = expect(early?.result).rejects.toMatchObject({ code: 'cancelled' });
    await new Promise(setImmediate);
    await early?.takeBack();
    await end;
    expect(reason).toMatchObject({ code: 'cancelled' });
  });

  it.each([
    ['done', 'kept'],
    ['nothing', 'kept'],
    ['lost', 'reset'],
  ] as const)('is taken back by the tool server in a session that holds something: %s leaves the variables %s', async (revoked, state) => {
    const session = sessionOn({ execute: () => Promise.resolve(RAN), revoke: () => Promise.resolve(revoked) });
    await session.execute(X, ignore, signal);
    const early = session.startEarly(X, ignore, signal);
    await early?.result;
    await early?.takeBack();

    await expect(session.execute(X, ignore, signal)).resolves.toMatchObject({ state });
    await expect(session.execute(X, ignore, signal)).resolves.toMatchObject({ state: 'kept' });
  });

  it('runs when it is asked for, once, where the tool server could not take it back', async () => {
    const calls: boolean[] = [];
    const session = sessionOn({
      execute: (_id, { isRevocable }) => {
        calls.push(isRevocable);
        return isRevocable ? Promise.reject(new AppError('conflict', 'No.')) : Promise.resolve(RAN);
      },
    });
    await session.execute(X, ignore, signal);
    const early = session.startEarly(X, ignore, signal);
    early?.adopt();
    await expect(early?.result).resolves.toMatchObject({ status: 'ok' });

    expect(calls).toEqual([false, true, false]);
    expect(session.startEarly(X, ignore, signal)).toBeNull();
  });
});
