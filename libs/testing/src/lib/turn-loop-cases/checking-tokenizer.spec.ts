import { FakeVllm } from '../fake-vllm/fake-vllm';
import { fakeCheckingTokenizer, workerCheckingTokenizer } from './checking-tokenizer';

describe('tokenizer of a running worker', () => {
  it('knows its control tokens and its end of sequence by how it tokenises their spellings', async () => {
    const worker = await FakeVllm.start({ script: [] });
    try {
      const tokenizer = await workerCheckingTokenizer(worker.url);
      const known = fakeCheckingTokenizer();
      expect(tokenizer.eosId).toBe(known.eosId);
      for (const id of tokenizer.controlIds) expect(known.controlIds).toContain(id);
      expect(await tokenizer.detokenize(worker.tokenizer.encode('408'))).toBe('408');
      expect(await tokenizer.detokenize([])).toBe('');
    } finally {
      await worker.stop();
    }
  });
});
