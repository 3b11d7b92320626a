import { describe, expect, it } from 'vitest';
import {
  accountIdOf,
  allResourceIds,
  asList,
  booleanField,
  field,
  isOmitted,
  numberField,
  resourceIds,
  str,
  textsIn,
} from '../../src/sighting/fields.ts';
import { tagNamesOf, tagsOf } from '../../src/sighting/tags.ts';

describe('asList', () => {
  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ["the newer encoding's empty list", '', []],
    ["the classic encoding's empty list", {}, []],
    ['the classic list', { items: [{ a: 1 }, { a: 2 }] }, [{ a: 1 }, { a: 2 }]],
    ['the classic empty list', { items: [] }, []],
    ['the list under item', { item: [{ a: 1 }] }, [{ a: 1 }]],
    ['one member under item', { item: { a: 1 } }, [{ a: 1 }]],
    ['the newer list of one', { a: 1, tag: 1 }, [{ a: 1, tag: 1 }]],
    ['the newer list of two', [{ tag: 1 }, { tag: 2 }], [{ tag: 1 }, { tag: 2 }]],
    ['a scalar as a list of one', 'i-0a', ['i-0a']],
  ])('reads %s', (_what, value, list) => {
    expect(asList(value)).toEqual(list);
  });
});

describe('str', () => {
  it.each([
    ['text', 'a', 'a'],
    ['empty text', '', ''],
    ['a number', 12, '12'],
    ['a boolean', true, 'true'],
    ['a scalar member of the newer encoding', { content: 'vpce-0a', tag: 1 }, 'vpce-0a'],
    ['an object', { a: 1 }, undefined],
    ['null', null, undefined],
  ])('reads %s', (_what, value, text) => {
    expect(str(value)).toBe(text);
  });
});

it('restores the leading zeros of an account id written as a number', () => {
  expect(accountIdOf(1234567890)).toBe('001234567890');
  expect(accountIdOf('12345')).toBe('12345');
});

it('finds a field in either capitalisation', () => {
  expect(field({ NetworkInterfaceId: 'eni-0a' }, 'networkInterfaceId')).toBe('eni-0a');
  expect(field({ networkInterfaceId: 'eni-0b' }, 'networkInterfaceId')).toBe('eni-0b');
});

it('reads ids from objects and from plain text members', () => {
  expect(textsIn({ items: [{ instanceId: 'i-0a' }, {}, { instanceId: '' }] }, 'instanceId')).toEqual(['i-0a']);
  expect(textsIn([{ content: 'i-0b', tag: 1 }, 'i-0c'], 'instanceId')).toEqual(['i-0b', 'i-0c']);
});

it.each([
  [{ omitted: true }, true],
  [{ omitted: 'true' }, true],
  [{ omitted: false }, false],
  [{}, false],
  [null, false],
])('isOmitted(%j) is %s', (part, omitted) => {
  expect(isOmitted(part)).toBe(omitted);
});

it('reads the ids of one type from the resources', () => {
  const resources = [
    { accountId: '1', type: 'AWS::EC2::Instance', ARN: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0a' },
    { type: 'AWS::EC2::Volume', ARN: 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a' },
    { type: 'AWS::EC2::Instance' },
  ];
  expect(resourceIds({ resources }, 'AWS::EC2::Instance')).toEqual(['i-0a']);
  expect(allResourceIds({ resources })).toEqual(['i-0a', 'vol-0a']);
});

describe('tags', () => {
  it('are read in the old and the new encoding, with values as text', () => {
    expect(tagsOf({ items: [{ key: 'a', value: '' }, { key: 'b' }] })).toEqual([
      { key: 'a', value: '' },
      { key: 'b', value: '' },
    ]);
    expect(
      tagsOf([
        { Key: 'a', Value: true, tag: 1 },
        { Key: 7, Value: 12, tag: 2 },
      ]),
    ).toEqual([
      { key: 'a', value: 'true' },
      { key: '7', value: '12' },
    ]);
    expect(tagsOf({ Key: 'a', Value: '1', tag: 1 })).toEqual([{ key: 'a', value: '1' }]);
  });

  it('keep a missing value apart from an empty one where it matters', () => {
    expect(tagNamesOf({ items: [{ key: 'a' }, { key: 'b', value: '' }] })).toEqual([
      { key: 'a' },
      { key: 'b', value: '' },
    ]);
  });
});

it.each([
  [443, 443],
  ['443', 443],
  ['443.0', 443],
  ['-1', -1],
  [{ content: 7, tag: 1 }, 7],
  ['', undefined],
  [' ', undefined],
  ['0x10', undefined],
  [1.5, undefined],
  [1e21, undefined],
  [true, undefined],
])('numberField reads %j as %s', (value, number) => {
  expect(numberField({ FromPort: value }, 'fromPort')).toBe(number);
});

it.each([
  [true, true],
  ['True', true],
  ['false', false],
  [0, undefined],
  ['', undefined],
])('booleanField reads %j as %s', (value, boolean) => {
  expect(booleanField({ egress: value }, 'egress')).toBe(boolean);
});
