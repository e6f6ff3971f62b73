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
  cpu_ms: 1,
  peak_memory_bytes: 1,
};

/** A trajectory's sandbox on a tool server that gives these answers, one after another. */
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
