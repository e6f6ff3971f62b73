import fc from 'fast-check';
import { BootMessageReader, encodeBootMessage } from './boot-message';
import type { BootMessage } from './boot-message';

const OPTIONS = {
  pyodideFolder: '/somewhere/pyodide',
  sources: { 'cell.py': 'é = 1' },
  makesSnapshot: false,
  limits: { interpreterMib: 448, processMib: 800, filesMib: 64, maxFiles: 10 },
};

describe('the first message to a child', () => {
  it('arrives as it was, with what follows it, wherever the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.option(fc.uint8Array({ minLength: 1, maxLength: 200 })),
        fc.uint8Array({ maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (snapshot, rest, sizes) => {
          const message: BootMessage = { options: OPTIONS, snapshot };
          const stream = Buffer.concat([...encodeBootMessage(message), rest]);
          const reader = new BootMessageReader();
          let offset = 0;
          for (let turn = 0; ; turn += 1) {
            const chunk = stream.subarray(offset, offset + (sizes[turn % sizes.length] ?? 1));
            offset += chunk.length;
            const read = reader.push(chunk);
            if (!read) continue;
            expect(read.options).toEqual(OPTIONS);
            expect(read.snapshot && [...read.snapshot]).toEqual(snapshot && [...snapshot]);
            expect(Buffer.concat([read.rest, stream.subarray(offset)])).toEqual(Buffer.from(rest));
            return;
          }
        },
      ),
    );
  });
});
