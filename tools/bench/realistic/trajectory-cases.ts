export const KINDS = ['print', 'numpy', 'error', 'sleep', 'state'] as const;
/** What a program is there for. */
export type ProgramKind = (typeof KINDS)[number];

/** One tool call: what the model writes, and what comes of it. */
export interface ProgramStep {
  readonly kind: ProgramKind;
  readonly code: string;
  readonly status: 'ok' | 'error';
  /** All that it prints; of an error, the last line. */
  readonly output: string;
}

/** One question: programs of all kinds, then the answer. Numbers differ from case to case, so that a mix-up shows. */
export interface TrajectoryCase {
  readonly question: string;
  readonly steps: readonly ProgramStep[];
  readonly answer: string;
}

export const CASE_COUNT = 16;
/** Long enough for most of a trajectory's tool time to need no processor: two cores could not serve so many programs at once that do. */
const SLEEP_SECONDS = 2;
const THOUGHT =
  'Let me think about what the numbers say so far, and which of them are still missing. The next one is best computed with Python, so that nothing is left to chance: ' +
  'I will write a short program for it and read what it prints before I go on.';

export function trajectoryCase(number: number): TrajectoryCase {
  const length = number + 100;
  const squares = (length * (length + 1) * (2 * length + 1)) / 6;
  const first: readonly ProgramStep[] = [
    { kind: 'print', code: `print(${number} * 37 + 11)`, status: 'ok', output: `${number * 37 + 11}` },
    {
      kind: 'numpy',
      code: `import numpy as np\nvalues = np.arange(1, ${length + 1})\nprint(int((values * values).sum()))`,
      status: 'ok',
      output: `${squares}`,
    },
    { kind: 'error', code: `print({'found': ${number}}['missing'])`, status: 'error', output: "KeyError: 'missing'" },
    {
      kind: 'sleep',
      code: `import time\ntime.sleep(${SLEEP_SECONDS})\nprint('slept', ${number})`,
      status: 'ok',
      output: `slept ${number}`,
    },
  ];
  const turn = number % first.length;
  // What an earlier call left is still there, whatever came in between.
  const state: ProgramStep = { kind: 'state', code: 'print(int(values.max()) + len(values))', status: 'ok', output: `${2 * length}` };
  return {
    question: `Question number ${number} of many: what do the numbers say?`,
    steps: [...first.slice(turn), ...first.slice(0, turn), state],
    answer: `The answer is ${2 * length}.`,
  };
}

/** What the model says to it, round by round. */
export function roundsOf({ steps, answer }: TrajectoryCase): readonly string[] {
  return [...steps.map(({ code }) => `${THOUGHT}\n\`\`\`python\n${code}\n\`\`\`\n\`\`\`output\n`), `${THOUGHT} ${answer}`];
}
