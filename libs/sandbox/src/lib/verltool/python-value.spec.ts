import fc from 'fast-check';
import { parsePythonJson } from './parse-python-json';
import { pythonRepr, pythonStr, toPythonValue } from './python-value';

describe('a JSON value as Python prints it', () => {
  // Left: JSON; right: what CPython prints for repr(json.loads(…)).
  it.each([
    ['1', '1'],
    ['-0', '0'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['1.0', '1.0'],
    ['-0.0', '-0.0'],
    ['2.50', '2.5'],
    ['1e16', '1e+16'],
    ['1e15', '1000000000000000.0'],
    ['123456789.125', '123456789.125'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['0.00012345', '0.00012345'],
    ['1.5e300', '1.5e+300'],
    ['1e400', 'inf'],
    ['NaN', 'nan'],
    ['null', 'None'],
    ['[true, false, [], {}]', '[True, False, [], {}]'],
    ['{"a": [1, "x"]}', "{'a': [1, 'x']}"],
    [`"it's"`, `"it's"`],
    [`"both ' and \\""`, `'both \\' and "'`],
    ['"\\n\\t\\\\\\u0000\\u007f\\u00a0\\u200b\\u00e9 🙂"', "'\\n\\t\\\\\\x00\\x7f\\xa0\\u200bé 🙂'"],
  ])('%s is %s', (json, expected) => {
    expect(pythonRepr(parsePythonJson(json))).toBe(expected);
  });

  it('is text as it is, within nothing', () => {
    expect(pythonStr(parsePythonJson('"a\'b"'))).toBe("a'b");
  });

  it.each(['', '{', '[1,]', '{"a" 1}', '{1: 2}', '01', '1 2', '"a\nb"', '"\\x"', 'nul', `${'['.repeat(2000)}${']'.repeat(2000)}`])(
    'refuses what is no JSON: %j',
    (text) => {
      expect(() => parsePythonJson(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    },
  );

  it('reads every JSON text as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const again = (each: unknown) => pythonRepr(toPythonValue(each));
        const withoutPoint = (text: string) => text.replace(/(\d)\.0(?!\d)/g, '$1');
        expect(withoutPoint(pythonRepr(parsePythonJson(JSON.stringify(value))))).toBe(
          withoutPoint(again(JSON.parse(JSON.stringify(value)))),
        );
      }),
    );
  });

  it('takes a text of megabytes', () => {
    const text = JSON.stringify(['x"\\'.repeat(1_000_000)]);
    expect(parsePythonJson(text)).toEqual(JSON.parse(text));
  });
});
