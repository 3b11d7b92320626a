import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/audit/cause.ts';
import { causeFacts, causeInBrief, causeLine, causeWords, provenActors } from '../../src/report/cause-words.ts';
import { aCall, callBy, calls, configuration, possible, unknown } from '../support/causes.ts';
import { aCallFinding } from '../support/findings.ts';

const SHOP = aCall('shop-web', { eventName: 'CreateTrafficMirrorSession', eventTime: '2026-11-20T11:02:00Z' });
const ERIN = callBy('erin', { eventName: 'DeleteRoute', eventTime: '2026-11-20T10:01:00Z' });
const DANA = callBy('dana', { eventName: 'DeleteTags', eventTime: '2026-11-20T10:04:00Z' });
const TODAY = { today: '2026-11-20' };

describe('causeWords', () => {
  it.each<[string, Cause, string]>([
    ['one call', SHOP, 'by shop-web (CreateTrafficMirrorSession, 11:02 UTC)'],
    ['two calls', calls(ERIN, DANA), 'by erin (DeleteRoute, 10:01 UTC) and dana (DeleteTags, 10:04 UTC) together'],
    [
      'calls of one actor',
      calls(ERIN, { ...DANA, actor: 'erin' }),
      'by erin (DeleteRoute, 10:01 UTC; DeleteTags, 10:04 UTC)',
    ],
    [
      'more calls than anyone reads',
      calls(...Array.from({ length: 9 }, () => ERIN)),
      `by erin (${Array.from({ length: 5 }, () => 'DeleteRoute, 10:01 UTC').join('; ')}) and 4 more calls`,
    ],
    ['a caller without a name', calls(callBy('')), 'by an unnamed caller (RunInstances, 10:00 UTC)'],
    [
      'two possible calls, of which it is not known whether it takes both',
      { kind: 'possible', calls: [ERIN, DANA], reason: 'r' },
      'possibly erin (DeleteRoute, 10:01 UTC), dana (DeleteTags, 10:04 UTC) or both: r',
    ],
    [
      'a possible cause, never with "by"',
      possible('erin', 'the tag may not have been there'),
      'possibly erin (DeleteTags, 10:00 UTC): the tag may not have been there',
    ],
    ['the configuration', configuration(), 'our configuration, not a call: the required tags changed'],
    ['an unknown one', unknown(), 'unknown: it was so before the logs begin'],
  ])('of %s', (_, cause, words) => {
    expect(causeWords(cause, TODAY)).toBe(words);
  });

  it('gives the date of a call of another day', () => {
    expect(causeWords(SHOP)).toBe('by shop-web (CreateTrafficMirrorSession, 2026-11-20 11:02 UTC)');
    expect(causeWords(SHOP, { today: '2026-11-21' })).toContain('2026-11-20 11:02 UTC');
  });

  it('passes each word that came from outside through the place it is written for', () => {
    const show = (text: string): string => `<${text}>`;
    const bad = callBy('a', { eventName: 'b', eventTime: 'c' });
    expect(causeWords({ kind: 'possible', calls: [bad], reason: 'd' }, { show })).toBe('possibly <a> (<b>, <c>): <d>');
    expect(causeWords(unknown('e'), { show })).toBe('unknown: <e>');
  });
});

describe('causeLine', () => {
  it.each<[string, Cause, readonly [string, string]]>([
    ['proven', SHOP, ['Caused by', 'shop-web (CreateTrafficMirrorSession, 11:02 UTC)']],
    ['possible', possible('erin', 'r'), ['Cause', 'possibly erin (DeleteTags, 10:00 UTC): r']],
    ['unknown', unknown('r'), ['Cause', 'unknown: r']],
    ['our configuration', configuration('r'), ['Cause', 'our configuration, not a call: r']],
  ])('says "by" only of a cause that is proven: %s', (_, cause, line) => {
    expect(causeLine({ rule: 'instance-untagged', cause }, TODAY)).toEqual(line);
  });

  it('says "called" where the call is what was found', () => {
    const line = causeLine({ rule: 'custom:trail-stopped', cause: SHOP }, TODAY);
    expect(line).toEqual(['Called by', 'shop-web (CreateTrafficMirrorSession, 11:02 UTC)']);
  });
});

describe('causeFacts of a finding about calls', () => {
  it('says who called, from where and how often, and not that we looked because of the call', () => {
    expect(causeFacts(aCallFinding(), TODAY)).toEqual([
      ['Called by', 'erin (StopLogging, 10:00 UTC)'],
      ['From', '203.0.113.7'],
      ['Calls', '3'],
    ]);
  });

  it.each([
    [{ eventCount: 1 }, undefined],
    [{}, undefined],
    [{ eventCount: 20, eventCountIsMinimum: true }, 'at least 20'],
  ] as const)('with the detail %j says of the number of calls: %s', (detail, words) => {
    const facts = new Map(causeFacts(aCallFinding({ detail })));
    expect(facts.get('Calls')).toBe(words);
  });

  it('says nothing of it for another rule', () => {
    const labels = causeFacts(aCallFinding({ rule: 'instance-untagged' })).map(([label]) => label);
    expect(labels).toEqual(['Caused by', 'Seen because']);
  });
});

describe('provenActors and causeInBrief', () => {
  it.each<[string, Cause, string | undefined, string]>([
    ['one', SHOP, 'shop-web', 'shop-web'],
    ['one who made two calls', calls(ERIN, { ...DANA, actor: 'erin' }), 'erin', 'erin'],
    ['two', calls(ERIN, DANA), 'erin and dana together', 'erin and dana together'],
    [
      'four',
      calls(ERIN, DANA, callBy('lee'), callBy('ada')),
      'erin, dana and 2 more together',
      'erin, dana and 2 more together',
    ],
    ['nobody by name', aCall(' '), undefined, 'unknown'],
    ['possibly one', possible('erin'), undefined, 'possibly erin'],
    ['possibly two', { kind: 'possible', calls: [ERIN, DANA], reason: 'r' }, undefined, 'possibly erin or dana'],
    ['the configuration', configuration(), undefined, 'configuration'],
    ['unknown', unknown(), undefined, 'unknown'],
  ])('name %s', (_, cause, proven, brief) => {
    expect(provenActors(cause)).toBe(proven);
    expect(causeInBrief(cause)).toBe(brief);
  });
});
