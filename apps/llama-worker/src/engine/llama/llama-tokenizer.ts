import type { LlamaModel, Token } from 'node-llama-cpp';
import type { Tokenizer } from '../language-model';

export class LlamaTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly longestToken: number;
  readonly endOfSequenceIds: readonly number[];

  constructor(private readonly model: LlamaModel) {
    const vocabulary: unknown = model.fileInfo.metadata.tokenizer.ggml?.tokens;
    const spellings: readonly unknown[] = Array.isArray(vocabulary) ? vocabulary : [];
    this.vocabularySize = spellings.length;
    this.longestToken = spellings.reduce<number>((longest, spelling) => Math.max(longest, String(spelling).length), 1);
    this.endOfSequenceIds = Array.from({ length: this.vocabularySize }, (_, id) => id).filter((id) => model.isEogToken(id as Token));
  }

  encode(text: string, addSpecialTokens: boolean): number[] {
    const ids: number[] = this.model.tokenize(text, true);
    if (!addSpecialTokens) return ids;
    const { bos, eos, shouldPrependBosToken, shouldAppendEosToken } = this.model.tokens;
    if (shouldPrependBosToken && bos !== null) ids.unshift(bos);
    if (shouldAppendEosToken && eos !== null) ids.push(eos);
    return ids;
  }

  decode(ids: readonly number[], { skipSpecialTokens }: { readonly skipSpecialTokens: boolean }): string {
    return this.model.detokenize(ids as Token[], !skipSpecialTokens);
  }

  isEndOfSequence(id: number): boolean {
    return this.endOfSequenceIds.includes(id);
  }
}
