import { Random } from '../harness/random';
import { drawQuestion, outputOf } from './known-question';

describe('a question with a known answer', () => {
  it('is answered by what its programs print, one after another', () => {
    const random = new Random(7);
    for (let count = 0; count < 200; count += 1) {
      const { text, transcript, calls } = drawQuestion(random);
      const blocks = [...transcript.matchAll(/```python\n([^]*?)\n```\n```output\n(\d+)\n```\n/g)];
      let printed: number | undefined;
      for (const [, code = '', output] of blocks) {
        printed = outputOf(code, printed);
        expect(String(printed)).toBe(output);
      }
      expect(blocks).toHaveLength(calls);
      expect(transcript).toMatch(new RegExp(`The answer is ${printed}\\.$`));
      const numbers = text.match(/\d+/g) ?? [];
      expect(numbers.every((number) => transcript.includes(number))).toBe(true);
    }
  });
});
