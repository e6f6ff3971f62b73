import type { Random } from '../harness/random';

/** A question to the demo model, and every character of its answer. */
export interface KnownQuestion {
  readonly text: string;
  readonly transcript: string;
  readonly calls: number;
}

interface Step {
  readonly says: string;
  readonly code: string;
  readonly prints: number;
}

const FIRST_WORDS = 'Let me compute that with Python.';
const LINK = 'I still have result, so I go on.';

export function drawQuestion(random: Random): KnownQuestion {
  const [a, b] = [random.between(100, 9999), random.between(100, 999)];
  if (random.chance(0.5)) return known(`What is ${a} * ${b}?`, [{ says: FIRST_WORDS, code: `print(${a} * ${b})`, prints: a * b }]);
  const c = random.between(11, 99);
  return known(`Compute ${a} + ${b}, then multiply the result by ${c}.`, [
    { says: FIRST_WORDS, code: `result = ${a} + ${b}\nprint(result)`, prints: a + b },
    { says: LINK, code: `result = result * ${c}\nprint(result)`, prints: (a + b) * c },
  ]);
}

function known(text: string, steps: readonly Step[]): KnownQuestion {
  const blocks = steps.map(({ says, code, prints }) => `${says}\n\`\`\`python\n${code}\n\`\`\`\n\`\`\`output\n${prints}\n\`\`\`\n`);
  return { text, transcript: `${blocks.join('')}The answer is ${steps.at(-1)?.prints}.`, calls: steps.length };
}

/** What a program of these questions prints, for a tool server that runs none: `left` is what the session's last program printed. */
export function outputOf(code: string, left: number | undefined): number {
  const [, first = '', sign = '', second = ''] = /(\d+|result) ([+*]) (\d+)/.exec(code) ?? [];
  const operand = first === 'result' ? (left ?? Number.NaN) : Number(first);
  return sign === '+' ? operand + Number(second) : operand * Number(second);
}
