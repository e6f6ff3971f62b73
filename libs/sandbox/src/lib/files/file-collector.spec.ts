import { SandboxFrame } from '../protocol/frame';
import { FileCollector } from './file-collector';

const CALL = 5;
const bytes = (text: string) => new TextEncoder().encode(text);
const chunk = (text: string, callId = CALL) => ({ type: SandboxFrame.fileChunk, callId, payload: bytes(text) });
const done = (fields: object) => ({ type: SandboxFrame.fileDone, callId: CALL, payload: bytes(JSON.stringify(fields)) });

describe('file collector', () => {
  it('puts a file together from its pieces', () => {
    const collector = new FileCollector(CALL, 10);
    expect([collector.accept(chunk('hello')), collector.accept(chunk(' you'))]).toEqual([null, null]);
    expect(collector.accept(done({ error: null, size: 9 }))).toMatchObject({ refusal: null, bytes: bytes('hello you') });
  });

  it('keeps nothing of a file that is larger than allowed', () => {
    const collector = new FileCollector(CALL, 10);
    collector.accept(chunk('hello'));
    collector.accept(chunk(' world'));
    expect(collector.accept(done({ error: null, size: 11 }))?.bytes).toBeNull();
  });

  it('lists files', () => {
    const files = [{ path: 'a/b.txt', size: 3, modified_at_ms: 7 }];
    expect(new FileCollector(CALL, 0).accept(done({ error: null, files, is_truncated: true }))).toMatchObject({
      files: [{ path: 'a/b.txt', size: 3, modifiedAtMs: 7 }],
      isTruncated: true,
    });
  });

  it('says why something was refused', () => {
    const error = { code: 'conflict', message: 'A folder.' };
    expect(new FileCollector(CALL, 0).accept(done({ error }))?.refusal).toEqual(error);
  });

  it.each([
    ['a piece of another request', chunk('x', 4)],
    ['a frame of a call', { type: SandboxFrame.stdout, callId: CALL, payload: bytes('x') }],
    ['an end without a word on errors', done({ size: 3 })],
    ['a reason that does not exist', done({ error: { code: 'tired', message: 'No.' } })],
    ['a list of something else', done({ error: null, files: [{ path: 3 }] })],
  ])('refuses %s', (_name, frame) => {
    expect(() => new FileCollector(CALL, 10).accept(frame)).toThrow(expect.objectContaining({ code: 'protocol_violation' }));
  });
});
