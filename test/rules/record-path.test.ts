import { describe, expect, it } from 'vitest';
import { isRecordPath, readTemplate, sentenceOf, textAt } from '../../src/rules/record-path.ts';

const RECORD = {
  eventName: 'StopLogging',
  userIdentity: { arn: 'arn:aws:iam::111122223333:user/dana', accountId: '' },
  requestParameters: { name: 'main', items: [{ port: 22 }, { port: 443 }], empty: {}, nothing: null },
};

function sentence(text: string): string {
  const read = readTemplate(text);
  if ('problem' in read) throw new Error(read.problem);
  return sentenceOf(read.template, () => RECORD);
}

describe('a sentence about a record', () => {
  it.each([
    ['{userIdentity.arn} called {eventName}', 'arn:aws:iam::111122223333:user/dana called StopLogging'],
    ['no path', 'no path'],
    ['{eventName}', 'StopLogging'],
    ['{requestParameters.items.port}', '22, 443'],
    ['{requestParameters.items}', '[{"port":22},{"port":443}]'],
    ['{nope.x} and {requestParameters.empty}', '– and –'],
    ['{requestParameters.nothing}', 'null'],
  ])('%s', (template, expected) => {
    expect(sentence(template)).toBe(expected);
  });

  it('stays short, however long the values are', () => {
    const read = readTemplate('{a}{a}{a}{a}{a}');
    if ('problem' in read) throw new Error(read.problem);
    const text = sentenceOf(read.template, () => ({ a: 'x'.repeat(1_000_000) }));
    expect(text).toHaveLength(1000);
    expect(text.endsWith('…')).toBe(true);
  });

  it.each([
    ['objects', '{"a":', '}'],
    ['lists', '[{"a":', '}]'],
  ])('says of %s that nest deeper than the stack that they do', (_, open, close) => {
    const deep: unknown = JSON.parse(`${open.repeat(20_000)}1${close.repeat(20_000)}`);
    const read = readTemplate('{b} and {c}');
    if ('problem' in read) throw new Error(read.problem);
    expect(sentenceOf(read.template, () => ({ b: deep, c: 'x' }))).toBe('(nested too deep to show) and x');
  });

  it('says how many more values a list has', () => {
    const read = readTemplate('{a}');
    if ('problem' in read) throw new Error(read.problem);
    expect(sentenceOf(read.template, () => ({ a: [1, 2, 3, 4, 5, 6, 7] }))).toBe('1, 2, 3, 4, 5 and 2 more');
  });

  it.each(['a {b', 'a b}', '{a}}', '{{a}}', '{}', '{a b}', '{a..b}', '{a.*}', '{__proto__.x y}'])(
    'refuses %s',
    (template) => {
      expect(readTemplate(template)).toHaveProperty('problem');
    },
  );
});

describe('a path into a record', () => {
  it('leads to the first value that says something', () => {
    expect(textAt(RECORD, ['userIdentity', 'accountId'])).toBeUndefined();
    expect(textAt(RECORD, ['requestParameters', 'nothing'])).toBeUndefined();
    expect(textAt(RECORD, ['requestParameters', 'items', 'port'])).toBe('22');
    expect(textAt(RECORD, ['constructor', 'name'])).toBeUndefined();
  });

  it('is names with dots between them', () => {
    expect(['a', 'a.b', 'requestParameters.x-amz-acl', 'a.b.c'].every(isRecordPath)).toBe(true);
    expect(['', '.', 'a.', 'a b', 'a[0]', `a.${'b'.repeat(300)}`].some(isRecordPath)).toBe(false);
  });
});
