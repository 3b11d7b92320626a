/** The service control policy and the tag policy that reserve our tags: their grammar, and what they deny. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POOL_TAG } from '../src/mirror/destinations.ts';
import { CONFIG_TAG, GUARDDUTY_TAG, MANAGED_TAG, UNTIL_TAG } from '../src/mirror/policy.ts';

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition: Condition;
}

const text = (name: string): string => readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');
const SCP: { readonly Version: string; readonly Statement: readonly Statement[] } = JSON.parse(
  text('reserve-tags.scp.json'),
);
const TAG_POLICY: {
  readonly tags: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
} = JSON.parse(text('reserve-tags.tag-policy.json'));
const OUR_TAGS = [MANAGED_TAG, POOL_TAG, CONFIG_TAG, UNTIL_TAG, GUARDDUTY_TAG];
const WRITER = 'arn:aws:iam::111122223333:role/mirrorwatch-RemediateRole-REPLACE';
const MEMBER = 'arn:aws:iam::444455556666:role/mirrorwatch-member-write';
const READER = 'arn:aws:iam::444455556666:role/mirrorwatch-member';
const OTHER = 'arn:aws:iam::444455556666:role/developer';

interface Call {
  readonly action: string;
  readonly by: string;
  /** The tags of the request: of DeleteTags only the keys matter. Absent for a call that names none. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly resourceTags?: Readonly<Record<string, string>>;
}

/** The values of a condition key in a call; undefined where the key is absent. */
function valuesOf(key: string, { by, tags, resourceTags = {} }: Call): readonly string[] | undefined {
  if (key === 'aws:PrincipalArn') return [by];
  if (key === 'aws:TagKeys') return tags && Object.keys(tags);
  const [, kind, name = ''] = /^aws:(RequestTag|ResourceTag)\/(.+)$/.exec(key) ?? [];
  const value = (kind === 'RequestTag' ? tags : resourceTags)?.[name];
  return value === undefined ? undefined : [value];
}

const isLike = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);

/** The operators that the policy uses, as IAM evaluates them. */
const OPERATORS: Readonly<
  Record<string, (values: readonly string[] | undefined, wanted: readonly string[]) => boolean>
> = {
  'ForAnyValue:StringLike': (values = [], wanted) => values.some((value) => wanted.some((one) => isLike(value, one))),
  StringLike: (values = [], wanted) => values.some((value) => wanted.some((one) => isLike(value, one))),
  ArnNotLike: (values = [], wanted) => !values.some((value) => wanted.some((one) => isLike(value, one))),
  Null: (values, wanted) => String(values === undefined) === wanted[0],
};

function isDenied(call: Call): boolean {
  return SCP.Statement.some(
    ({ Action, Condition }) =>
      Action.includes(call.action) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, wanted]) =>
          OPERATORS[operator]?.(valuesOf(key, call), typeof wanted === 'string' ? [wanted] : wanted),
        ),
      ),
  );
}

describe('deploy/reserve-tags.scp.json', () => {
  it('fits into a service control policy as it is', () => {
    // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    expect(Buffer.byteLength(text('reserve-tags.scp.json'))).toBeLessThanOrEqual(5120);
    expect(SCP.Version).toBe('2012-10-17');
  });

  it('has nothing but denials with known operators and global condition keys', () => {
    expect(new Set(SCP.Statement.map(({ Sid }) => Sid)).size).toBe(SCP.Statement.length);
    for (const statement of SCP.Statement) {
      expect(Object.keys(statement)).toEqual(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);
      expect(statement).toMatchObject({ Effect: 'Deny', Resource: '*', Sid: expect.stringMatching(/^[A-Za-z0-9]+$/) });
      for (const action of statement.Action) expect(action).toMatch(/^ec2:[A-Z][A-Za-z]+$/);
      expect(Object.keys(OPERATORS)).toEqual(expect.arrayContaining(Object.keys(statement.Condition)));
      for (const key of Object.values(statement.Condition).flatMap((keys) => Object.keys(keys)))
        expect(key).toMatch(/^aws:(PrincipalArn|TagKeys|(RequestTag|ResourceTag)\/mirrorwatch:managed)$/);
      expect(statement.Condition).toHaveProperty(['ArnNotLike', 'aws:PrincipalArn']);
    }
  });

  it.each<[isExpected: boolean, what: string, call: Call]>([
    ...OUR_TAGS.map((key): [boolean, string, Call] => [
      true,
      `somebody else sets ${key}`,
      { action: 'ec2:CreateTags', by: OTHER, tags: { [key]: 'x', Name: 'web' } },
    ]),
    [true, 'somebody else removes a tag of ours', { action: 'ec2:DeleteTags', by: OTHER, tags: { [MANAGED_TAG]: '' } }],
    [
      true,
      'somebody else removes all tags of something of ours',
      { action: 'ec2:DeleteTags', by: OTHER, resourceTags: { [MANAGED_TAG]: 'true' } },
    ],
    [
      true,
      'somebody else launches with our tags',
      { action: 'ec2:RunInstances', by: OTHER, tags: { [POOL_TAG]: 'x' } },
    ],
    ...['Session', 'Target', 'Filter'].map((what): [boolean, string, Call] => [
      true,
      `somebody else makes a ${what} with our tags`,
      { action: `ec2:CreateTrafficMirror${what}`, by: OTHER, tags: { [MANAGED_TAG]: 'true' } },
    ]),
    [false, 'the stack tags', { action: 'ec2:CreateTags', by: WRITER, tags: { [MANAGED_TAG]: 'true' } }],
    [
      true,
      'the member role that reads tags',
      { action: 'ec2:CreateTags', by: READER, tags: { [MANAGED_TAG]: 'true' } },
    ],
    [
      false,
      'the member role that writes tags',
      { action: 'ec2:CreateTags', by: MEMBER, tags: { [MANAGED_TAG]: 'true' } },
    ],
    [false, 'somebody else sets other tags', { action: 'ec2:CreateTags', by: OTHER, tags: { Name: 'web' } }],
    [false, 'somebody else launches without our tags', { action: 'ec2:RunInstances', by: OTHER, tags: { Owner: 'x' } }],
    [false, 'somebody else launches without any tag', { action: 'ec2:RunInstances', by: OTHER }],
    [false, 'somebody else removes all tags of something else', { action: 'ec2:DeleteTags', by: OTHER }],
    [false, 'somebody else mirrors without our tags', { action: 'ec2:CreateTrafficMirrorSession', by: OTHER }],
  ])('denies %s: %s', (isExpected, _, call) => {
    expect(isDenied(call)).toBe(isExpected);
  });
});

describe('deploy/reserve-tags.tag-policy.json', () => {
  it('names every tag that we write, each in the one spelling that counts', () => {
    expect(Object.keys(TAG_POLICY.tags).toSorted()).toEqual(OUR_TAGS.toSorted());
    for (const [key, rules] of Object.entries(TAG_POLICY.tags)) {
      expect(rules.tag_key).toEqual({ '@@assign': key });
      expect(rules.enforced_for).toEqual({ '@@assign': ['ec2:ALL_SUPPORTED'] });
      for (const rule of Object.values(rules)) expect(Object.keys(rule)).toEqual(['@@assign']);
    }
    expect(TAG_POLICY.tags[MANAGED_TAG]?.tag_value).toEqual({ '@@assign': ['true'] });
    expect(Buffer.byteLength(text('reserve-tags.tag-policy.json'))).toBeLessThanOrEqual(10_000);
  });
});
