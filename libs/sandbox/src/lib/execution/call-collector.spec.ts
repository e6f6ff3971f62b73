import { SandboxFrame } from '../protocol/frame';
import { CallCollector } from './call-collector';
import type { ExecutionOutcome } from './execution-outcome';

const CALL = 5;
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const bytes = (text: string) => new TextEncoder().encode(text);
const frame = (type: number, payload: Uint8Array, callId = CALL) => ({ type, callId, payload });
const report = (fields: object) => frame(SandboxFrame.report, encode({ value: null, error: null, exit_code: null, ...fields }));
const result = (fields: object = {}) =>
  frame(
    SandboxFrame.result,
    encode({ state: 'kept', cause: null, exit: null, oom_kills: 0, wall_ms: 1.5, cpu_ms: 1, peak_memory_bytes: 2, ...fields }),
  );

function collect(...frames: Parameters<CallCollector['accept']>[0][]): ExecutionOutcome {
  const collector = new CallCollector(CALL, 100);
  const outcomes = frames.map((each) => collector.accept(each));
  return outcomes.at(-1) as ExecutionOutcome;
}

describe('call collector', () => {
  it('puts value, streams and facts together', () => {
    const outcome = collect(
      frame(SandboxFrame.stdout, bytes('a\n')),
      frame(SandboxFrame.stderr, bytes('b\n')),
      frame(SandboxFrame.stdout, bytes('c\n')),
      report({ value: '42' }),
      result(),
    );
    expect(outcome).toEqual({
      status: 'ok',
      isRefused: false,
      state: 'kept',
      restoredCell: null,
      stdout: 'a\nc\n',
      stderr: 'b\n',
      output: 'a\nb\nc\n',
      value: '42',
      error: null,
      images: [],
      exit: null,
      dropped: { stdoutBytes: 0, stderrBytes: 0 },
      wallMs: 1.5,
      cpuMs: 1,
      peakMemoryBytes: 2,
    });
  });

  const error = { type: 'KeyboardInterrupt', message: '', traceback: 'KeyboardInterrupt' };
  it.each([
    ['an exception is an error', [report({ error })], {}, 'error'],
    ['a timeout is a timeout even if the program ended tidily', [report({})], { cause: 'timeout' }, 'timeout'],
    [
      'a kill after the deadline is a timeout',
      [],
      { cause: 'timeout', state: 'reset', exit: { code: null, signal: 'SIGKILL' } },
      'timeout',
    ],
    ['a flood is an output limit', [], { cause: 'output_limit', state: 'reset' }, 'output_limit'],
    ['a kill by the kernel for memory is oom', [], { state: 'reset', exit: { code: null, signal: 'SIGKILL' }, oom_kills: 1 }, 'oom'],
    ['a kill by itself is no oom', [], { state: 'reset', exit: { code: null, signal: 'SIGKILL' } }, 'killed'],
    [
      'a crash is no oom, even if a child was killed for memory',
      [],
      { state: 'reset', exit: { code: null, signal: 'SIGSEGV' }, oom_kills: 1 },
      'killed',
    ],
    ['an interpreter that ended is killed, whatever its exit code', [], { state: 'reset', exit: { code: 0, signal: null } }, 'killed'],
    ['a forged report is killed', [], { cause: 'violation', state: 'reset' }, 'killed'],
  ] as const)('%s', (_name, frames, fields, status) => {
    expect(collect(...frames, result(fields)).status).toBe(status);
  });

  it('takes the exit code of sys.exit from the report, and that of a dead interpreter from the supervisor', () => {
    expect(collect(report({ exit_code: 0 }), result())).toMatchObject({ status: 'ok', exit: { code: 0, signal: null } });
    const dead = { state: 'reset', exit: { code: 3, signal: null } };
    expect(collect(report({ exit_code: 0 }), result(dead)).exit).toEqual({ code: 3, signal: null });
  });

  it('marks where output was cut, says how much, and leaves out characters that were cut in two', () => {
    const gap = new Uint8Array(9);
    new DataView(gap.buffer).setUint8(0, SandboxFrame.stdout);
    new DataView(gap.buffer).setBigUint64(1, 1234n);
    const [first, second] = [bytes('é').subarray(0, 1), bytes('é').subarray(1)];
    const outcome = collect(
      frame(SandboxFrame.stdout, Uint8Array.of(...bytes('head'), ...first)),
      frame(SandboxFrame.gap, gap),
      frame(SandboxFrame.stdout, Uint8Array.of(...second, ...bytes('tail'))),
      result(),
    );
    expect(outcome.stdout).toBe('head\n... [1234 bytes cut] ...\ntail');
    expect(outcome.dropped).toEqual({ stdoutBytes: 1234, stderrBytes: 0 });
  });

  it('puts a character together that was split between two frames of a stream, also around the other stream', () => {
    const smile = bytes('🙂');
    const outcome = collect(
      frame(SandboxFrame.stdout, smile.subarray(0, 2)),
      frame(SandboxFrame.stderr, bytes('!')),
      frame(SandboxFrame.stdout, smile.subarray(2)),
      result(),
    );
    expect([outcome.stdout, outcome.output]).toEqual(['🙂', '!🙂']);
  });

  it('gives valid Unicode for any bytes', () => {
    expect(collect(frame(SandboxFrame.stdout, Uint8Array.of(0xff, 0xfe, 0x00, 0xe9)), result()).stdout).toBe('\ufffd\ufffd\0\ufffd');
    expect(collect(report({ value: '\ud800' }), result()).value).toBe('\ufffd');
  });

  it.each(['not json', '[]', '{"error": "text"}', '{"error": {"type": 1}}'])(
    'shows a report that our code never writes as an error of the program: %s',
    (text) => {
      expect(collect(frame(SandboxFrame.report, bytes(text)), result())).toMatchObject({
        status: 'error',
        error: { type: 'SandboxError' },
      });
    },
  );

  it.each([
    ['a frame of another call', () => collect(frame(SandboxFrame.stdout, bytes('x'), 4))],
    ['two reports', () => collect(report({}), report({}))],
    [
      'more output than was asked for',
      () => collect(frame(SandboxFrame.stdout, new Uint8Array(60)), frame(SandboxFrame.stdout, new Uint8Array(41))),
    ],
    ['a result that is no result', () => collect(frame(SandboxFrame.result, bytes('{"state":"fine"}')))],
    ['a frame that does not belong into a call', () => collect(frame(SandboxFrame.pong, bytes('')))],
    ['a gap of an unknown stream', () => collect(frame(SandboxFrame.gap, new Uint8Array(9)))],
  ])('refuses %s', (_name, act) => {
    expect(act).toThrow(expect.objectContaining({ code: 'protocol_violation' }));
  });
});
