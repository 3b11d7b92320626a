import { describe, expect, it } from 'vitest';
import {
  countsAll,
  isBuiltIn,
  repairsOf,
  ruleIds,
  ruleOf,
  rulesCountedIn,
  rulesRepairedBy,
  severityOf,
  sweptRules,
  titleOf,
} from '../../src/audit/rule-book.ts';

const CUSTOM = 'custom:trail-changed';

describe('isBuiltIn', () => {
  it.each<[string, boolean]>([
    ['instance-untagged', true],
    [CUSTOM, false],
    ['nothing', false],
    ['toString', false],
    ['__proto__', false],
  ])('answers for %s', (id, expected) => {
    expect(isBuiltIn(id)).toBe(expected);
  });
});

describe('a custom rule', () => {
  it('is not in the rule book, has medium severity, and its name as its title', () => {
    expect(ruleOf(CUSTOM)).toBeUndefined();
    expect(severityOf(CUSTOM, {})).toBe('medium');
    expect(titleOf(CUSTOM)).toBe('trail-changed');
    expect(repairsOf(CUSTOM)).toEqual([]);
    expect(countsAll(CUSTOM)).toBe(false);
  });
});

describe('severityOf', () => {
  it('is the rule’s own unless the configuration says otherwise', () => {
    expect(severityOf('mirror-orphan', {})).toBe('low');
    expect(severityOf('mirror-orphan', { 'mirror-orphan': 'high' })).toBe('high');
    expect(severityOf('mirror-orphan', { 'mirror-rogue': 'high' })).toBe('low');
    expect(severityOf(CUSTOM, { [CUSTOM]: 'critical' })).toBe('critical');
  });
});

describe('rulesRepairedBy', () => {
  it.each<[string, readonly string[]]>([
    ['create-session', ['instance-unmirrored', 'mirror-ineffective']],
    ['modify-session', ['instance-unmirrored', 'mirror-ineffective', 'mirror-rogue']],
    ['delete-session', ['mirror-duplicate', 'mirror-orphan']],
    ['create-target', []],
    ['terminate-sensor', []],
    ['unknown', []],
  ])('names what %s resolves', (kind, rules) => {
    expect(rulesRepairedBy(kind)).toEqual(rules);
  });

  it('is the inverse of repairsOf', () => {
    for (const id of ruleIds()) for (const kind of repairsOf(id)) expect(rulesRepairedBy(kind)).toContain(id);
  });
});

describe('sweptRules', () => {
  it('settles mirror rules only where mirroring was judged', () => {
    expect(sweptRules({ mirrored: false })).toEqual(['instance-untagged']);
    expect(sweptRules({ mirrored: true })).toEqual([
      'instance-unmirrored',
      'instance-untagged',
      'mirror-duplicate',
      'mirror-ineffective',
      'mirror-orphan',
      'mirror-rogue',
    ]);
  });
});

describe('rulesCountedIn', () => {
  it('names the rules that count against each figure', () => {
    expect(rulesCountedIn('tags')).toEqual(['instance-untagged']);
    expect(rulesCountedIn('mirroring')).toEqual(['instance-unmirrored', 'mirror-ineffective']);
  });

  it('has one rule for each figure that counts every resource', () => {
    expect(ruleIds().filter(countsAll)).toEqual(['instance-unmirrored', 'instance-untagged']);
  });
});
