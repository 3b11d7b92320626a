import { describe, expect, it } from 'vitest';
import {
  countsAll,
  isBuiltIn,
  repairsOf,
  ruleIds,
  ruleOf,
  rulesCountedIn,
  rulesRepairedBy,
  rulesWhere,
  ruleTitleOf,
  severityOf,
  sweptRules,
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
  it('is not in the rule book, has medium severity, and the title of its finding, else its name', () => {
    expect(ruleOf(CUSTOM)).toBeUndefined();
    expect(severityOf(CUSTOM, {})).toBe('medium');
    expect(ruleTitleOf({ rule: CUSTOM })).toBe('trail-changed');
    expect(ruleTitleOf({ rule: CUSTOM, detail: { ruleTitle: 'Trail changed' } })).toBe('Trail changed');
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
  it.each(['create-target', 'terminate-sensor', 'unknown'])('is empty for %s, which resolves nothing', (kind) => {
    expect(rulesRepairedBy(kind)).toEqual([]);
  });

  it.each(['create-session', 'modify-session', 'delete-session'] as const)(
    'is the inverse of repairsOf for %s',
    (kind) => {
      const rules = ruleIds().filter((id) => repairsOf(id).includes(kind));
      expect(rules.length).toBeGreaterThan(0);
      expect(rulesRepairedBy(kind)).toEqual(rules);
    },
  );
});

describe('sweptRules', () => {
  it('settles mirror rules only where mirroring was judged', () => {
    const swept = rulesWhere(({ settledBySweep }) => settledBySweep);
    expect(sweptRules({ mirrored: true, groups: true })).toEqual(swept);
    expect(sweptRules({ mirrored: true })).toEqual(swept.filter((id) => ruleOf(id)?.judges !== 'security-group'));
    const ofInstances = swept.filter((id) => ruleOf(id)?.judges === 'instance');
    expect(ofInstances).toContain('instance-untagged');
    expect(ofInstances).not.toContain('mirror-orphan');
    expect(sweptRules({ mirrored: false })).toEqual(ofInstances);
  });
});

describe('rulesCountedIn', () => {
  it('names the rules that count against each figure', () => {
    expect(rulesCountedIn('tags')).toContain('instance-untagged');
    expect(rulesCountedIn('mirroring')).toEqual(expect.arrayContaining(['instance-unmirrored', 'mirror-ineffective']));
    expect([...rulesCountedIn('tags'), ...rulesCountedIn('mirroring')].toSorted()).toEqual(
      rulesWhere(({ countedIn }) => countedIn !== null),
    );
  });

  it('has one rule for each figure that counts every resource', () => {
    expect(rulesCountedIn('tags').filter(countsAll)).toEqual(['instance-untagged']);
    expect(rulesCountedIn('mirroring').filter(countsAll)).toEqual(['instance-unmirrored']);
  });
});
