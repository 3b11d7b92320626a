import { describe, expect, it } from 'vitest';
import { callRuleOf, type WrittenCallRule } from '../../src/rules/call-rule.ts';
import { ruleSetOf } from '../../src/rules/rule-set.ts';

function setOf(...written: readonly WrittenCallRule[]) {
  return ruleSetOf(
    written.map((each) => {
      const made = callRuleOf(each);
      if ('problems' in made) throw new Error(JSON.stringify(made.problems));
      return made.rule;
    }),
  );
}

const TRAIL = {
  name: 'trail',
  pattern: { eventName: ['StopLogging'] },
  resolvedBy: { eventName: ['StartLogging'] },
};

describe('a set of rules', () => {
  it('says which rules find a record, and which it ends, in their order', () => {
    const set = setOf(
      { name: 'all', pattern: { errorCode: [{ exists: false }] } },
      TRAIL,
      { name: 'iam', pattern: { eventSource: ['iam.amazonaws.com'] } },
      { name: 'event', pattern: { source: ['aws.cloudtrail'], detail: { eventName: [{ prefix: 'Stop' }] } } },
    );
    const hits = (record: object) => set.hits({ ...record }).map(({ rule, as }) => `${rule.name} ${as}`);
    const eventSource = 'cloudtrail.amazonaws.com';
    expect(hits({ eventName: 'StopLogging', eventSource })).toEqual(['all found', 'trail found', 'event found']);
    expect(hits({ eventName: 'StartLogging', eventSource })).toEqual(['all found', 'trail ended']);
    expect(hits({ eventName: 'CreateUser', eventSource: 'iam.amazonaws.com' })).toEqual(['all found', 'iam found']);
    expect(hits({ errorCode: 'x' })).toEqual([]);
  });

  it.each([
    ['by its code', { errorCode: 'AccessDenied' }],
    ['by its message', { errorMessage: 'denied' }],
  ])('takes no call that failed, %s, for one that ends a finding', (_, error) => {
    const hits = (resolvedBy: object) =>
      setOf({ ...TRAIL, resolvedBy }).hits({ eventName: 'StartLogging', eventSource: 'x', ...error });
    expect(hits({ eventName: ['StartLogging'] })).toEqual([]);
    expect(hits({ detail: { eventName: ['StartLogging'] } })).toEqual([]);
    const asked = [{ [Object.keys(error)[0] ?? '']: [{ exists: true }] }, { eventTime: ['x'] }];
    expect(hits({ $or: asked })).toEqual([expect.objectContaining({ as: 'ended' })]);
    expect(hits({ detail: { $or: asked } })).toEqual([expect.objectContaining({ as: 'ended' })]);
  });

  it('says which records a scan has to look at', () => {
    expect(setOf(TRAIL).candidates).toEqual({
      names: new Set(['StopLogging', 'StartLogging']),
      sources: new Set(),
      texts: [],
      fields: [],
      all: false,
    });
    const wide = setOf(
      { name: 'iam', pattern: { eventSource: ['iam.amazonaws.com'] } },
      { name: 'root', pattern: { userIdentity: { type: ['Root'] } } },
      { name: 'writes', pattern: { readOnly: [false] }, resolvedBy: { readOnly: [true] } },
    );
    expect(wide.candidates).toEqual({
      names: new Set(),
      sources: new Set(['iam.amazonaws.com']),
      texts: ['Root'],
      fields: [[{ path: 'readOnly', tests: ['false'] }], [{ path: 'readOnly', tests: ['true'] }]],
      all: false,
    });
    expect(setOf({ name: 'x', pattern: { errorCode: [{ exists: false }] } }).candidates.all).toBe(true);
  });

  it('asks a rule once about a record that it is a candidate for twice', () => {
    const set = setOf({ name: 'either', pattern: { $or: [{ eventName: ['A'] }, { eventName: ['A', 'B'] }] } });
    expect(set.hits({ eventName: 'A' })).toHaveLength(1);
  });
});
