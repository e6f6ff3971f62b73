import { planWithoutDocker } from './describe-with-docker';

describe('specs that need Docker', () => {
  it.each([
    [null, undefined, 'run'],
    [null, 'true', 'run'],
    ['No engine.', undefined, 'skip'],
    ['No engine.', 'false', 'skip'],
    ['No engine.', 'true', 'fail'],
    ['No engine.', '1', 'fail'],
  ])('with the reason %j and CI=%j: %s', (reason, ci, plan) => {
    expect(planWithoutDocker(reason, ci)).toBe(plan);
  });
});
