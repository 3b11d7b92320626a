import { describe, expect, it } from 'vitest';
import { idForm, isRegion, isTaskArn, sourceForm } from '../../../src/audit/fixes/value-forms.ts';

describe('isRegion', () => {
  it.each(['eu-west-1', 'us-gov-west-1', 'ap-southeast-7', 'eusc-de-east-1', 'us-isob-east-1'])('takes %s', (region) =>
    expect(isRegion(region)).toBe(true),
  );

  it.each(['', 'eu-west-1\n', 'eu-west-1.evil.example/#', 'EU-WEST-1', 'eu west 1', '-eu-west-1', 'eu-west-1;x'])(
    'refuses %j',
    (text) => expect(isRegion(text)).toBe(false),
  );
});

describe('isTaskArn', () => {
  it.each([
    ['arn:aws:ecs:eu-west-1:111122223333:task/shop/0123abcd', true],
    ['arn:aws:ecs:eu-west-1:111122223333:task/0123abcd', true],
    ['arn:aws:ecs:eu-west-1:111122223333:attachment/184d10a7-1', true],
    ['arn:aws-cn:ecs:cn-north-1:111122223333:task/shop/0123abcd', true],
    ['arn:aws:ecs:cn-north-1:111122223333:task/shop/0123abcd', false],
    ['arn:aws-cn:ecs:eu-west-1:111122223333:task/shop/0123abcd', false],
    ['arn:aws:ecs:eu-west-1:1111:task/shop/0123abcd', false],
    ['arn:aws:ecs:eu-west-1:111122223333:task/shop/0123abcd$(x)', false],
    ['arn:aws:ecs:eu-west-1:111122223333:task/shop/0123abcd\n', false],
  ])('%s: %s', (arn, expected) => expect(isTaskArn(arn)).toBe(expected));
});

describe('idForm', () => {
  const { fits } = idForm('the id of the session', 'tms');
  it.each(['tms-0123456789abcdef0', 'tms-1', 'tms-a-b'])('takes %s', (id) => expect(fits(id)).toBe(true));
  it.each(['', 'tms-', 'i-1', 'tms-1 ', 'tms-1\n', 'tms--x', "tms-1'", 'tms-1.example', `tms-${'0'.repeat(62)}`])(
    'refuses %j',
    (id) => expect(fits(id)).toBe(false),
  );
});

describe('sourceForm', () => {
  const { fits } = sourceForm('the id');
  it.each(['i-1', 'mi-1', 'eni-1,eni-2', 'tms-1', 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123abcd'])(
    'takes %s',
    (id) => expect(fits(id)).toBe(true),
  );
  it.each(['', 'i-1,', 'vol-1', '--only', 'i-1,--cleanup'])('refuses %j', (id) => expect(fits(id)).toBe(false));
});
