import { checkAnswer } from './check-answer';
import type { TrajectoryAnswer } from './check-answer';
import { KINDS, roundsOf, trajectoryCase } from './trajectory-cases';

const asked = trajectoryCase(5);

function answerOf(
  change: (turn: { status: string; output: string }, place: number) => object = (turn) => turn,
  content = asked.answer,
): TrajectoryAnswer {
  const times = { wall_ms: 2, queued_ms: 1, call_ms: 4 };
  const turns = asked.steps.map(({ code, status, output }, place) => ({
    code,
    ...times,
    ...{ status, output: `${output}\n`, ...change({ status, output }, place) },
  }));
  const last = { code: null, output: null, status: null, wall_ms: null, queued_ms: null, call_ms: null };
  return { choices: [{ finish_reason: 'stop', message: { content }, interleave: { turns: [...turns, last] } }] };
}

describe('a checked answer', () => {
  it('is right when every call and the end are what the case says', () => {
    const { calls, timeouts, wrong } = checkAnswer(asked, answerOf());
    expect([wrong, timeouts]).toEqual([null, 0]);
    expect(calls).toHaveLength(5);
    expect(calls[0]).toEqual({ kind: 'numpy', callMs: 4, queuedMs: 1, wallMs: 2 });
  });

  it.each([
    ['another output', answerOf((turn, place) => (place === 3 ? { ...turn, output: '0' } : turn))],
    ['a timeout', answerOf((turn, place) => (place === 0 ? { ...turn, status: 'timeout' } : turn))],
    ['another answer', answerOf((turn) => turn, 'The answer is 7.')],
    ['nothing', { choices: [] }],
  ])('is wrong with %s', (what, answer) => {
    const { wrong, timeouts } = checkAnswer(asked, answer);
    expect([wrong === null, timeouts]).toEqual([false, what === 'a timeout' ? 1 : 0]);
  });

  it('is of a case that has programs of every kind, state after what made it, and rounds that end with an action stop', () => {
    for (let number = 0; number < 8; number += 1) {
      const { steps } = trajectoryCase(number);
      expect(steps.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
      expect(steps.at(-1)?.kind).toBe('state');
      expect(roundsOf(trajectoryCase(number)).map((round) => round.endsWith('```output\n'))).toEqual([true, true, true, true, true, false]);
    }
  });
});
