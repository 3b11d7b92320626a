import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exemption, exempt } from '../../src/audit/exemptions.ts';
import { aFinding } from '../support/findings.ts';

const NOW = new Date('2027-01-31T23:59:59Z');
const finding = aFinding({
  rule: 'instance-untagged',
  resourceId: 'i-0abc',
  accountId: '111122223333',
  status: 'open',
  detail: {},
});
const subject = { tags: [{ key: 'team', value: 'lab' }], vpcId: 'vpc-1' };

const entry = (match: Exemption['match'], more: Partial<Exemption> = {}): Exemption => ({
  match,
  rule: '*',
  reason: 'a test bed',
  owner: 'lab@example.com',
  expires: '2027-01-31',
  ...more,
});

describe('exempt', () => {
  it.each<[string, Exemption, boolean]>([
    ['its id', entry({ resource: 'i-0abc' }), true],
    ['another id', entry({ resource: 'i-0abd' }), false],
    ['a glob', entry({ resource: 'i-*c' }), true],
    ['a glob with another prefix', entry({ resource: 'j-*' }), false],
    ['a glob whose ends would overlap', entry({ resource: 'i-0abc*bc' }), false],
    ['its account', entry({ account: '111122223333' }), true],
    ['another account', entry({ account: '9' }), false],
    ['its VPC', entry({ vpc: 'vpc-1' }), true],
    ['another VPC', entry({ vpc: 'vpc-2' }), false],
    ['a tag by its key', entry({ tag: { key: 'team' } }), true],
    ['a tag with its value', entry({ tag: { key: 'team', value: 'lab' } }), true],
    ['a tag with another value', entry({ tag: { key: 'team', value: 'shop' } }), false],
    ['two parts, one of which does not match', entry({ account: '111122223333', vpc: 'vpc-2' }), false],
    ['its rule', entry({ resource: '*' }, { rule: 'instance-untagged' }), true],
    ['another rule', entry({ resource: '*' }, { rule: 'mirror-rogue' }), false],
  ])('by %s', (_, exemption, muted) => {
    expect(exempt(finding, subject, [exemption], NOW).status).toBe(muted ? 'muted' : 'open');
  });

  it('expires at the end of its last day in UTC', () => {
    const exemption = entry({ resource: 'i-0abc' });
    expect(exempt(finding, subject, [exemption], NOW)).toMatchObject({
      status: 'muted',
      detail: { exemption: { reason: 'a test bed', owner: 'lab@example.com', expires: '2027-01-31' } },
    });
    expect(exempt(finding, subject, [exemption], new Date('2027-02-01T00:00:00Z'))).toMatchObject({
      status: 'open',
      reason: expect.stringContaining('expired on 2027-01-31'),
    });
  });

  it('gives the reason of the exemption in force, not of an expired one', () => {
    const over = entry({ resource: 'i-0abc' }, { expires: '2026-12-31', reason: 'over' });
    const holds = entry({ account: '111122223333' }, { reason: 'holds' });
    expect(exempt(finding, subject, [over, holds], NOW).detail.exemption?.reason).toBe('holds');
  });

  it('matches globs like the equivalent regular expression', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        (glob, text) => {
          const expected = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(text);
          expect(
            exempt({ ...finding, resourceId: text }, subject, [entry({ resource: glob })], NOW).status === 'muted',
          ).toBe(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
