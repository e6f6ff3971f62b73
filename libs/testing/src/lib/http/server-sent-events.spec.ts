import fc from 'fast-check';
import { readJsonEvents, readServerSentEvents } from './server-sent-events';

async function* pieces(...list: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* list;
}

async function all(...list: (string | Uint8Array)[]) {
  const events = [];
  for await (const event of readServerSentEvents(pieces(...list))) events.push(event);
  return events;
}

describe('reader of server-sent events', () => {
  it('joins data lines, keeps names and leaves comments out', async () => {
    expect(await all(': ping\n\nevent: error\ndata: a\ndata: b\n\ndata:c\r\n\r\n')).toEqual([
      { event: 'error', data: 'a\nb' },
      { event: null, data: 'c' },
    ]);
  });

  it('drops an event that the end of the stream cut short', async () => {
    expect(await all('data: a\n\ndata: b\n')).toEqual([{ event: null, data: 'a' }]);
  });

  it('reads the same events wherever the bytes are cut', async () => {
    const text = 'data: {"text":"é👍"}\n\n: ping\n\ndata: [DONE]\n\n';
    const bytes = new TextEncoder().encode(text);
    const expected = await all(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const parts = borders.slice(1).map((end, index) => bytes.slice(borders[index], end));
        expect(await all(...parts)).toEqual(expected);
      }),
    );
  });

  it('parses data up to [DONE]', async () => {
    const values = [];
    for await (const value of readJsonEvents(pieces('data: 1\n\ndata: [DONE]\n\ndata: 2\n\n'))) values.push(value);
    expect(values).toEqual([1]);
  });
});
