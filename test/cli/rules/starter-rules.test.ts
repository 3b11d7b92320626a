/** The starter rules find what they say: each is run on a record that it finds, on a near miss, and on the call that ends its finding. */

import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../../../src/audit/rule-answer.ts';
import { doubtsOfPattern } from '../../../src/cli/patterns/pattern-doubts.ts';
import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import { candidatesOf } from '../../../src/rules/candidates.ts';
import { compilePattern } from '../../../src/rules/compile-pattern.ts';
import { isLeaf, valuesBelow } from '../../../src/rules/event-values.ts';
import { matches } from '../../../src/rules/match.ts';
import type { Pattern } from '../../../src/rules/pattern.ts';
import { type StarterRule, starterRules } from '../../support/starter-rules.ts';
import { ACCESS } from './starter-records/access.ts';
import type { StarterCase } from './starter-records/call.ts';
import { DATA } from './starter-records/data.ts';
import { NETWORK } from './starter-records/network.ts';
import { PERMISSIONS } from './starter-records/permissions.ts';
import { WATCHING } from './starter-records/watching.ts';

const RULES = starterRules();
const CASES: readonly StarterCase[] = [...ACCESS, ...PERMISSIONS, ...WATCHING, ...DATA, ...NETWORK];
const names = RULES.map(({ name }) => name);

function compiled(pattern: unknown): Pattern {
  const made = compilePattern(pattern);
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  return made.pattern;
}

const PATTERNS = new Map(RULES.map(({ name, pattern }) => [name, compiled(pattern)]));

function ruleOf(name: string): StarterRule {
  const rule = RULES.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`there is no starter rule ${name}`);
  return rule;
}

/** The values at a path, as patterns see them. */
const at = (record: CloudTrailRecord, path: string): readonly unknown[] =>
  valuesBelow([record], path.split('.')).filter((value) => isLeaf(value) && value !== null);

/** What a finding would be about. */
function resourceIn(record: CloudTrailRecord, { resource }: StarterRule): unknown {
  const [found] = at(record, resource ?? 'resources.ARN');
  return found;
}

/** The starter rules that find a record. */
const finding = (record: CloudTrailRecord): readonly string[] =>
  [...PATTERNS].filter(([, pattern]) => matches(pattern, record)).map(([name]) => name);

describe('the starter rules', () => {
  it('each have a name of their own, in the order of their records', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(CASES.map(({ rule }) => rule)).toEqual(names);
  });

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    '%s says what people need to know, and names calls that exist',
    (_, rule) => {
      expect(rule.name).toMatch(/^[a-z0-9-]{1,64}$/);
      expect(rule.title).toMatch(/^[A-Z].{5,60}[^.]$/);
      expect(SEVERITIES).toContain(rule.severity);
      expect(rule.reason).toMatch(/^[A-Z{].{10,}[^.]$/);
      expect(rule.fix).toMatch(/^[A-Z].{10,}\.$/);
      expect(rule.resolveAfterHours ?? 720).toBeGreaterThan(0);
      expect(doubtsOfPattern(rule.pattern, 'pattern')).toEqual([]);
      expect(doubtsOfPattern(rule.resolvedBy ?? {}, 'resolvedBy')).toEqual([]);
    },
  );

  it('make a scan search every record only where the comment says so', () => {
    const reading = RULES.filter(({ pattern }) => candidatesOf(compiled(pattern)).kind !== 'names');
    expect(reading.map(({ name }) => name)).toEqual(['api-call-denied', 'root-used']);
  });
});

describe.each(CASES.map((one) => [one.rule, one] as const))('%s', (name, { match, miss, but, end }) => {
  const rule = ruleOf(name);

  it('finds its record, with a resource and all that its reason names', () => {
    expect(matches(compiled(rule.pattern), match)).toBe(true);
    expect(resourceIn(match, rule)).toBeTruthy();
    for (const [, path = ''] of rule.reason.matchAll(/\{([^}]+)\}/g)) expect(at(match, path), path).toHaveLength(1);
  });

  it(`does not find a record when ${but}`, () => {
    expect(matches(compiled(rule.pattern), miss)).toBe(false);
  });

  it(end === undefined ? 'closes by time alone' : 'ends with the call that takes it back', () => {
    expect(rule.resolvedBy === undefined).toBe(end === undefined);
    if (end === undefined) return;
    expect(matches(compiled(rule.resolvedBy), end)).toBe(true);
    expect(matches(compiled(rule.resolvedBy), match)).toBe(false);
    expect(matches(compiled(rule.pattern), end)).toBe(false);
    expect(resourceIn(end, rule)).toBe(resourceIn(match, rule));
  });
});

describe('a call', () => {
  /** Found by two rules on purpose: that the root user did it is news of its own. */
  const BY_ROOT = ['root-access-key-created', 'access-key-created-for-user'];

  it('is found by one rule, or by root-used as well', () => {
    for (const { rule, match, miss, end } of CASES) {
      const isByRoot = match.userIdentity?.type === 'Root' && BY_ROOT.includes(rule);
      expect(finding(match), rule).toEqual(isByRoot ? ['root-used', rule] : [rule]);
      for (const other of [miss, ...(end === undefined ? [] : [end])])
        expect(finding(other).filter((name) => name !== 'root-used').length, rule).toBeLessThanOrEqual(1);
    }
  });

  it('has its name in one rule alone, unless the rules ask for different values', () => {
    /** The rules that share an event name, with what tells them apart. */
    const shared: Readonly<Record<string, readonly string[]>> = {
      // One is for IAM users and a success, the other for a failure.
      'signin.amazonaws.com ConsoleLogin': ['console-sign-in-without-mfa', 'console-sign-in-failed'],
      // With and without a user's name in the request.
      'iam.amazonaws.com CreateAccessKey': ['root-access-key-created', 'access-key-created-for-user'],
      // One call that adds everybody and an account is found twice: they are two permissions to take back.
      'ec2.amazonaws.com ModifySnapshotAttribute': ['ebs-snapshot-public', 'ebs-snapshot-shared'],
    };
    const rulesOf = new Map<string, string[]>();
    for (const { name, pattern } of RULES)
      for (const call of callsOf(compiled(pattern))) rulesOf.set(call, [...(rulesOf.get(call) ?? []), name]);
    expect(Object.fromEntries([...rulesOf].filter(([, all]) => all.length > 1))).toEqual(shared);
  });
});

/** The source and name of each call that a pattern can match. */
function callsOf(pattern: Pattern): ReadonlySet<string> {
  const exact = (fields: Pattern['alternatives'][number]['fields'], path: string): readonly string[] =>
    fields.flatMap((field) =>
      field.kind === 'some' && field.name === path ? field.tests.map((test) => String(test.exact)) : [],
    );
  const candidates = candidatesOf(pattern);
  if (candidates.kind !== 'names') return new Set();
  return new Set(
    pattern.alternatives.flatMap(({ fields }) =>
      exact(fields, 'eventSource').flatMap((source) => exact(fields, 'eventName').map((name) => `${source} ${name}`)),
    ),
  );
}
