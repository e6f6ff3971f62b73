import type { PythonValue } from '@interleave/sandbox';
import { readObservationRequest } from './read-observation-request';

const LIMITS = { toolTimeout: 10, maxToolTimeout: 120 };
const read = (body: unknown) => readObservationRequest(typeof body === 'string' ? body : JSON.stringify(body), LIMITS);
const two = (more: object) => read({ trajectory_ids: ['a', 'b'], actions: ['x', 'y'], ...more });

describe('a request to /get_observation', () => {
  it('takes ids and actions, and leaves out what VerlTool does not know', () => {
    expect(two({ public_tests: ['assert 1'], anything: null, extra_fields: null, finish: null, is_last_step: null })).toEqual(
      ['a', 'b'].map((trajectoryId, index) => ({
        trajectoryId,
        action: ['x', 'y'][index],
        stdin: undefined,
        tests: null,
        timeoutMs: 10_000,
        isFinished: false,
        isLastStep: false,
      })),
    );
  });

  it.each([
    ['one for each item', { finish: [true, false] }, [true, false]],
    ['for the first items only when there are fewer', { finish: [true] }, [true, false]],
    ['as pydantic reads booleans', { finish: ['Yes', 0] }, [true, false]],
    ['from the extra fields, as Python sees their truth', { extra_fields: [{ finish: 'false' }, { finish: [] }] }, [true, false]],
    ['from the list in place of the extra fields', { extra_fields: [{}, { finish: true }], finish: [true, false] }, [true, false]],
    [
      'from the extra fields when the first of them has it',
      { extra_fields: [{ finish: false }, {}], finish: [true, true] },
      [false, false],
    ],
    ['from the extra fields of items beyond the list', { extra_fields: [{}, { finish: true }], finish: [false] }, [false, true]],
  ])('finishes %s', (_name, more, expected) => {
    expect(two(more).map(({ isFinished }) => isFinished)).toEqual(expected);
  });

  it('keeps the numbers of tests as they were written', () => {
    const [item] = read(
      '{"trajectory_ids": ["a"], "actions": ["x"], "extra_fields": [{"public_tests": {"inputs": [[2.0, 12345678901234567890]]}}]}',
    );
    const inputs = (item?.tests as ReadonlyMap<string, PythonValue>).get('inputs');
    expect(String(inputs)).toBe('2.0,12345678901234567890');
  });

  it.each([
    ['no object', [], null],
    ['no actions', { trajectory_ids: ['a'] }, 'actions'],
    ['an action that is null', { trajectory_ids: ['a'], actions: [null] }, 'actions'],
    ['extra fields that are no objects', { trajectory_ids: ['a'], actions: ['x'], extra_fields: ['x'] }, 'extra_fields'],
    ['an empty list of extra fields', { trajectory_ids: ['a'], actions: ['x'], extra_fields: [] }, 'extra_fields'],
    ['finish that is no list', { trajectory_ids: ['a'], actions: ['x'], finish: true }, 'finish'],
    ['a number that is no boolean', { trajectory_ids: ['a'], actions: ['x'], is_last_step: [2] }, 'is_last_step'],
    ['a timeout that is no number', { trajectory_ids: ['a'], actions: ['x'], extra_fields: [{ timeout: '5' }] }, 'extra_fields'],
    ['a timeout of nothing', { trajectory_ids: ['a'], actions: ['x'], extra_fields: [{ timeout: 0 }] }, 'extra_fields'],
    ['a timeout beyond the maximum', { trajectory_ids: ['a'], actions: ['x'], extra_fields: [{ timeout: 121 }] }, 'extra_fields'],
  ])('refuses %s', (_name, body, param) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'unprocessable_request', param }));
  });
});
