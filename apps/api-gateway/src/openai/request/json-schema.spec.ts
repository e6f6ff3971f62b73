import { expectationOf, mismatchOf, nullable } from './json-schema';
import type { JsonSchema } from './json-schema';

const STOP: JsonSchema = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string' }, maxItems: 2 },
  ],
};
const POINT: JsonSchema = {
  type: 'object',
  properties: { x: { type: 'number' }, label: nullable({ type: 'string', maxLength: 3 }) },
  required: ['x'],
  additionalProperties: false,
};

describe('what a value has wrong against its schema', () => {
  it.each<[unknown, JsonSchema]>([
    [3, { type: 'integer', minimum: 1, maximum: 3 }],
    [1.5, { type: 'number' }],
    ['😀😀😀', { type: 'string', maxLength: 3 }],
    ['b', { enum: ['a', 'b'] }],
    [['a', 'b'], STOP],
    [{ x: 1, label: null }, POINT],
    [{ anything: [1] }, {}],
    [{ a: 1 }, { type: 'object', additionalProperties: { type: 'number' } }],
  ])('is nothing for %j', (value, schema) => {
    expect(mismatchOf(value, schema, 'f')).toBeNull();
  });

  it.each<[unknown, JsonSchema, string, string]>([
    ['two', { type: 'integer', minimum: 1, maximum: 128 }, 'f', 'an integer between 1 and 128'],
    [0, { type: 'integer', minimum: 1 }, 'f', 'an integer of at least 1'],
    [1.5, { type: 'integer' }, 'f', 'an integer'],
    [2 ** 60, { type: 'integer' }, 'f', 'an integer'],
    [true, { type: 'number' }, 'f', 'a number'],
    ['', STOP, 'f', 'a string that is not empty'],
    [['a', 1], STOP, 'f[1]', 'a string'],
    [['a', 'b', 'c'], STOP, 'f', 'an array of at most 2 elements'],
    [7, STOP, 'f', 'a string that is not empty or an array of at most 2 elements'],
    [{}, POINT, 'f.x', 'sent'],
    [{ x: 1, y: 2 }, POINT, 'f.y', 'left out: there is no such option'],
    [{ x: 1, label: 'long' }, POINT, 'f.label', 'a string, of at most 3 characters'],
    [[], POINT, 'f', 'an object'],
    [{ a: 'b' }, { type: 'object', additionalProperties: { type: 'number' } }, 'f.a', 'a number'],
    ['no', { type: 'null' }, 'f', 'null'],
  ])('is named with its place for %j', (value, schema, path, expected) => {
    expect(mismatchOf(value, schema, 'f')).toEqual({ path, expected });
  });

  it('takes names that every object has for what they are: names', () => {
    const hostile: unknown = JSON.parse('{"__proto__": 1, "constructor": 2}');

    expect(mismatchOf(hostile, { type: 'object', properties: {}, additionalProperties: false }, 'f')).toMatchObject({
      path: 'f.__proto__',
    });
    expect(mismatchOf(hostile, { type: 'object', additionalProperties: { type: 'integer' } }, 'f')).toBeNull();
  });

  it('says in words what a schema asks for', () => {
    expect(expectationOf({ enum: ['a', 'b'] })).toBe('one of "a", "b"');
    expect(expectationOf(nullable({ type: 'boolean' }))).toBe('true or false');
  });
});
