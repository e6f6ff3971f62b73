import fc from 'fast-check';
import { Capture } from './capture';
import type { StreamName } from './capture';

const write = fc.tuple(fc.constantFrom<StreamName>('stdout', 'stderr'), fc.string({ maxLength: 40 }));

/** What a sink has heard, stream by stream. */
function capture(writes: readonly (readonly [StreamName, string])[], keptBytes: number) {
  const kept = { stdout: '', stderr: '' };
  const gaps = { stdout: 0, stderr: 0 };
  const subject = new Capture(keptBytes, {
    output: (stream, bytes) => (kept[stream] += Buffer.from(bytes).toString('latin1')),
    gap: (stream, dropped) => (gaps[stream] += dropped),
  });
  for (const [stream, text] of writes) subject.add(stream, Buffer.from(text, 'latin1'));
  subject.finish();
  return { kept, gaps };
}

describe('output of a call', () => {
  it('keeps exactly the head and the tail of each stream, and says how much is missing', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 60 }), fc.integer({ min: 2, max: 200 }), (writes, limit) => {
        const { kept, gaps } = capture(writes, limit);
        for (const stream of ['stdout', 'stderr'] as const) {
          const all = writes.map(([name, text]) => (name === stream ? Buffer.from(text, 'latin1').toString('latin1') : '')).join('');
          const head = Math.floor(limit / 2);
          const isWhole = all.length <= limit;
          expect(kept[stream]).toBe(isWhole ? all : all.slice(0, head) + all.slice(all.length - (limit - head)));
          expect(gaps[stream]).toBe(isWhole ? 0 : all.length - limit);
        }
      }),
    );
  });

  it('is bounded for streams that alternate byte by byte', () => {
    const alternating = Array.from({ length: 20_000 }, (_, index): [StreamName, string] => [index % 2 ? 'stdout' : 'stderr', 'x']);
    const { kept, gaps } = capture(alternating, 100_000);
    expect(kept.stdout.length + gaps.stdout).toBe(10_000);
    expect(gaps.stdout).toBe(0);
    const longer = Array.from({ length: 60_000 }, (_, index): [StreamName, string] => [index % 2 ? 'stdout' : 'stderr', 'x']);
    const cut = capture(longer, 20_000);
    expect(cut.kept.stdout.length + cut.gaps.stdout).toBe(30_000);
  });

  it('is a flood beyond 64 MiB', () => {
    const subject = new Capture(1024, { output: () => undefined, gap: () => undefined });
    const chunk = new Uint8Array(2 ** 20);
    for (let count = 0; count < 64; count += 1) subject.add('stdout', chunk);
    expect(subject.isFlood).toBe(false);
    subject.add('stdout', new Uint8Array(1));
    expect(subject.isFlood).toBe(true);
  });
});
