import { AppError } from '@interleave/kernel';
import fc from 'fast-check';
import { readProgram } from './read-program';

const LIMITS = { toolTimeout: 0.0105, maxToolTimeout: 60, maxOutputBytes: 1000, sandboxMemoryMib: 512 };

/** Bodies that are nearly right: known and unknown fields, each with a value that may be anything. */
const bodies = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      code: fc.oneof({ weight: 5, arbitrary: fc.string() }, fc.jsonValue()),
      stdin: fc.oneof(fc.string(), fc.jsonValue()),
      timeout_ms: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.double(), fc.jsonValue()),
      max_output_bytes: fc.oneof(fc.integer({ min: -1, max: 2000 }), fc.jsonValue()),
      memory_mib: fc.oneof(fc.integer({ min: -1, max: 1000 }), fc.jsonValue()),
      style: fc.oneof(fc.constantFrom('notebook', 'script'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
);

describe('the body of a call', () => {
  it('is a program within the limits, or a sentence that names a field', () => {
    let programs = 0;
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          const { code, stdin, timeoutMs, maxOutputBytes = 1, memoryMib = 16, style = 'script' } = readProgram(body, LIMITS);
          expect([typeof code, stdin === null || typeof stdin === 'string']).toEqual(['string', true]);
          expect(Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= 60_000).toBe(true);
          expect(maxOutputBytes >= 1 && maxOutputBytes <= 1000).toBe(true);
          expect(memoryMib !== null && memoryMib >= 16 && memoryMib <= 512).toBe(true);
          expect(['notebook', 'script']).toContain(style);
          programs += 1;
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect([error.code, error.message.length > 20 && error.message.length < 300]).toEqual(['invalid_request', true]);
        }
      }),
      { numRuns: 500 },
    );
    expect(programs).toBeGreaterThan(0);
  });

  it('asks for whole milliseconds where the server’s own limit is a fraction', () => {
    expect(readProgram({ code: '' }, LIMITS)).toEqual({ code: '', stdin: null, timeoutMs: 11 });
  });
});
