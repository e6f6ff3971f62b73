import { isExpectedOutput } from './compare-output';

describe('what counts as the expected output', () => {
  it.each([
    ['the same', '4\n', '4\n'],
    ['the same but for the end', '4', '4\n\n'],
    ['the same but for blanks around lines', ' a \nb\t\n', 'a\n b'],
    ['Windows line ends', 'a\r\nb', 'a\nb'],
    ['a rounded number', '0.30000000000000004', '0.3'],
    ['a whole number with a point', '3.0', '3'],
    ['rounded numbers among words', 'x = 0.1 y = 2.00000001', 'x = 0.1 y = 2.0'],
    ['rounded numbers line by line', '1.0\n2.0', '1.00000001\n2'],
    ['a number with an exponent', '1e3', '1000.0'],
  ])('%s', (_name, output, expected) => {
    expect(isExpectedOutput(output, expected)).toBe(true);
  });

  it.each([
    ['another number', '0.31', '0.3'],
    ['whole numbers that differ by little', '1000001', '1000000'],
    ['other letters', 'YES', 'Yes'],
    ['a line more', '1.0\n2.0', '1.0'],
    ['a word more', '1.0 2.0', '1.0'],
    ['an empty line more', '1\n\n2', '1\n2'],
    ['nothing', '', '0.0'],
    ['no number', 'nan', '0.0'],
  ])('not %s', (_name, output, expected) => {
    expect(isExpectedOutput(output, expected)).toBe(false);
  });
});
