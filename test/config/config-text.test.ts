import { describe, expect, it } from 'vitest';
import { readConfigText } from '../../src/config/config-text.ts';

const lostIn = (text: string): readonly string[] =>
  readConfigText(text, 'c').lost.map(({ path, message }) => `${path}: ${message}`);

describe('readConfigText', () => {
  it.each([
    ['JSON', '{"a": 1, "b": {"c": [{"d": 1, "e": 2, "d": 3}]}, "a": 2}'],
    ['JSON with tabs', '{\t"a": 1,\n\t"b": {"c": [\t{"d": 1,\r\n\t"e": 2, "d": 3}]}, "a": 2}'],
    ['YAML', 'a: 1\nb:\n  c:\n    - d: 1\n      e: 2\n      d: 3\na: 2\n'],
  ])('finds the keys that %s gives twice, with their paths', (_, text) => {
    expect(lostIn(text)).toEqual(['a: is given twice; keep one', 'b.c[0].d: is given twice; keep one']);
  });

  it('finds a key whose spelling differs only by an escape', () => {
    expect(lostIn(String.raw`{"key": 1, "k\u0065y": 2, "key": 3}`)).toEqual(['key: is given 3 times; keep one']);
  });

  it('takes the same key in different objects for what it is', () => {
    expect(lostIn('{"a": {"x": 1}, "b": {"x": 1}, "c": [{"x": 1}, {"x": 2}]}')).toEqual([]);
  });

  it('keeps the value that a JSON parser gives', () => {
    const text = String.raw`{"emoji": "\ud83d\ude00", "slash": "\/", "n": 1.50, "no": "no", "__proto__": {"x": 1}}`;
    expect(readConfigText(text, 'c').value).toEqual(JSON.parse(text));
    expect(lostIn(text)).toEqual([]);
  });

  it.each([
    ['0.1000000000000000055511151231257827', '0.1'],
    ['1.00000000000000000001', '1'],
    ['1e-400', '0'],
    ['-12345.678901234567890123', '-12345.678901234567'],
  ])('finds that JSON readers lose digits of %s', (written, read) => {
    const problem = `is a number with more digits than JSON readers keep: they read ${read}`;
    expect(lostIn(`{"a": [1, {"b": ${written}}]}`)).toEqual([`a[1].b: ${problem}`]);
    expect(lostIn(`a:\n  - 1\n  - b: ${written}\n`)).toEqual([`a[1].b: ${problem}`]);
  });

  it.each(['0.1', '0.10', '1.50e3', '2.5E-2', '-0.0', '0e5', '1e21', '5e-324', '9007199254740991', '100', '0.000001'])(
    'keeps %s as it is',
    (written) => {
      expect(lostIn(`{"a": ${written}}`)).toEqual([]);
    },
  );

  it.each(['0x1f', '0o17', '08', '.5', '+1', '.inf', '"0.1000000000000000055511151231257827"'])(
    'takes %s in YAML for what it is',
    (written) => {
      expect(lostIn(`a: ${written}\n`)).toEqual([]);
    },
  );

  it('reads a text with a byte order mark', () => {
    expect(readConfigText('\uFEFF{"a": 1}', 'c').value).toEqual({ a: 1 });
    expect(readConfigText('\uFEFFa: 1', 'c').value).toEqual({ a: 1 });
  });

  it.each(['{"a": ', 'a: [', 'a: b: c'])('refuses %j, naming its source', (text) => {
    expect(() => readConfigText(text, 'my.json')).toThrow(/^my\.json cannot be used:\n {2}\(top level\): is neither/);
  });
});
