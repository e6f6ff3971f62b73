import type { FakePrompt, FakeReply, FakeScript } from './fake-reply';

const ARITHMETIC = /(-?\d+(?:\.\d+)?)\s*([-+*/%])\s*(-?\d+(?:\.\d+)?)/;
const LAST_QUESTION = /<\|im_start\|>user\n([^]*?)<\|im_end\|>\n<\|im_start\|>assistant\n([^]*)$/;
const LAST_OUTPUT = /```output\n([^]*?)\n```\n$/;

/**
 * Plays the demo model for questions with two numbers in them: asks for the calculation, then reads the output back. It holds no state, so any
 * number of conversations can be played at once.
 */
export const demoScript: FakeScript = ({ promptText }: FakePrompt): FakeReply => {
  const [, question = promptText, said = ''] = LAST_QUESTION.exec(promptText) ?? [];
  const [, output] = LAST_OUTPUT.exec(said) ?? [];
  if (output !== undefined) return { text: output.includes('\n') ? 'The answer stands in the output above.' : `The answer is ${output}.` };
  const [, left, operator, right] = ARITHMETIC.exec(question) ?? [];
  if (left === undefined) return { text: 'I am a fake model: ask me about two numbers, such as 12 * 34.' };
  return { text: `Let me compute that with Python.\n\`\`\`python\nprint(${left} ${operator} ${right})\n\`\`\`\n\`\`\`output\n` };
};
