import { isWavering } from './wavering';

const token = (text: string, other = 'never', margin = 20) => ({
  token: text,
  logprob: -0.1,
  top_logprobs: [
    { token: text, logprob: -0.1 },
    { token: other, logprob: -0.1 - margin },
  ],
});

describe('an answer that is not the one in calm', () => {
  const calm = {
    text: 'So:\n```output\n42\n```\nIt is 42.',
    tokens: [
      token('So:'),
      token('\n'),
      token('```'),
      token('output'),
      token('It'),
      token(' is'),
      token(' 4', ' 7', 1),
      token('2'),
      token('.'),
    ],
  };

  it('is of a model that wavers where the two were nearly as likely', () => {
    expect(isWavering('So:\n```output\n42\n```\nIt is 72.', calm)).toBe(true);
  });

  it.each([
    ['has a piece twice', 'So:\n\n```output\n42\n```\nIt is 42.'],
    ['lacks one', 'So:\n```output\n42\n```\nIt 42.'],
    ['has another output', 'So:\n```output\n41\n```\nIt is 42.'],
    ['ends early', 'So:\n```output\n42\n```\nIt is'],
    ['goes on', 'So:\n```output\n42\n```\nIt is 42. It'],
  ])('is damaged when it %s', (_what, answer) => {
    expect(isWavering(answer, calm)).toBe(false);
  });
});
