import { withListNames } from './positional';

describe('names on the command line of a tool', () => {
  it.each([
    [
      ['floor', 'peers', '--quick'],
      ['--only', 'floor,peers', '--quick'],
    ],
    [['--quick'], ['--quick']],
    [['floor'], ['--only', 'floor']],
    [[], []],
  ])('reads %j as %j', (argv, expected) => {
    expect(withListNames(argv, '--only')).toEqual(expected);
  });
});
