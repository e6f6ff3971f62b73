import fc from 'fast-check';
import { SessionSeal } from './session-seal';

const SESSION = { sessionId: 'abc', calls: 3 };

describe('sealed session ids', () => {
  const seal = new SessionSeal('token');

  it('open at every gateway with the same service token, for the key that they were issued to', () => {
    const id = seal.issue(SESSION, 'key');
    expect(id).not.toContain('abc');
    expect(new SessionSeal('token').open(id, 'key')).toEqual(SESSION);
    for (const [other, owner] of [[seal, 'another key'] as const, [new SessionSeal('another token'), 'key'] as const])
      expect(() => other.open(id, owner)).toThrow('not one that was issued');
  });

  it('open to nobody once a character has changed, nor does any other text', () => {
    const id = seal.issue(SESSION, 'key');
    fc.assert(
      fc.property(fc.nat(id.length - 1), fc.constantFrom('A', 'b', '-', ''), (place, letter) => {
        fc.pre(id[place] !== letter);
        // The last character carries bits that do not count.
        fc.pre(place < id.length - 1);
        expect(() => seal.open(id.slice(0, place) + letter + id.slice(place + 1), 'key')).toThrow();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(() => seal.open(text, 'key')).toThrow('issued')));
  });
});
