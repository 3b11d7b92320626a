import { describe, expect, it } from 'vitest';
import { doubtsIn } from '../../src/config/doubts.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const said = (config: unknown): readonly string[] =>
  doubtsIn(config, NOW).map(({ path, message }) => `${path}: ${message}`);
const until = (expires: string): object => ({
  resource: 'i-0123abcd',
  rule: 'instance-untagged',
  reason: 'r',
  owner: 'o',
  expires,
});
const TARGET = 'tmt-0123abcd';
const FILTER = 'tmf-0123abcd';

describe('doubtsIn', () => {
  it.each<[string, unknown, readonly string[]]>([
    [
      'an exemption that is over',
      { exemptions: [until('2026-06-14')] },
      ['exemptions[0].expires: the exemption ended on 2026-06-14 and exempts nothing any more; extend it or remove it'],
    ],
    [
      'settings for rules that are not there',
      {
        watch: { rules: [{ name: 'trail-stopped', pattern: {} }] },
        severities: { 'custom:trail-stoped': 'high', 'custom:trail-stopped': 'low', 'instance-untagged': 'low' },
        exemptions: [
          { ...until('2027-01-01'), rule: 'custom:trail-stopped' },
          { ...until('2027-01-01'), rule: 'custom:x' },
        ],
      },
      [
        'severities.custom:trail-stoped: has no effect: watch.rules has no rule "trail-stoped"; did you mean custom:trail-stopped?',
        'exemptions[1].rule: has no effect: watch.rules has no rule "x"',
      ],
    ],
    ['a configuration without rules of its own', { severities: { 'instance-untagged': 'low' } }, []],
    ['an exemption on its last day', { exemptions: [until('2026-06-15')] }, []],
    [
      'an exemption of everything',
      { exemptions: [{ resource: '*', reason: 'r', owner: 'o', expires: '2027-01-01' }] },
      ['exemptions[0]: exempts every resource from every rule'],
    ],
    [
      'an exemption of everything in one VPC',
      { exemptions: [{ resource: '*', vpc: 'vpc-0123abcd', reason: 'r', owner: 'o', expires: '2027-01-01' }] },
      [],
    ],
    [
      'two exemptions of the same',
      { exemptions: [until('2027-01-01'), until('2027-02-01')] },
      ['exemptions[1]: exempts the same as exemptions[0]'],
    ],
    [
      'a tag required in both spellings',
      { requiredTag: 'A', requiredTags: ['B', { key: 'A' }] },
      ['requiredTags[1]: requires the same tag as requiredTag'],
    ],
    [
      'a tag required differently, which is a problem already',
      { requiredTags: ['A', { key: 'A', values: ['x'] }] },
      [],
    ],
    [
      'a tag that no value can satisfy',
      { requiredTags: [{ key: 'A', values: ['x', 'y'], pattern: '^z' }] },
      ['requiredTags[0]: can never be satisfied: none of its values matches its pattern'],
    ],
    ['a tag that one value satisfies', { requiredTags: [{ key: 'A', values: ['x', 'z'], pattern: '^z' }] }, []],
    [
      'a target named twice',
      { mirroring: { filterId: FILTER, targets: [TARGET, { id: TARGET }] } },
      ['mirroring.targets[1]: names the same target as mirroring.targets[0]'],
    ],
    [
      'a rule that an earlier one hides',
      { mirroring: { rules: { subnets: [{ subnetId: 'subnet-0123abcd' }, { subnetId: 'subnet-0123abcd' }] } } },
      ['mirroring.rules.subnets[1]: never applies: it matches the same as mirroring.rules.subnets[0]'],
    ],
    [
      'an override that changes nothing',
      { mirroring: { overrides: [{ region: 'eu-west-1' }] } },
      ['mirroring.overrides[0]: has no effect: it names neither a filterId nor targets'],
    ],
    [
      'an override that another one replaces',
      {
        mirroring: {
          overrides: [
            { region: 'eu-west-1', targets: [TARGET] },
            { region: 'eu-west-1', filterId: FILTER },
            { region: 'eu-west-1', targets: ['tmt-4567abcd'] },
          ],
        },
      },
      ['mirroring.overrides[2]: replaces the targets of mirroring.overrides[0]'],
    ],
    [
      'a role without accounts',
      { assumeRole: { roleName: 'r' } },
      ['assumeRole: has no effect: trail.accounts lists no account to assume the role in'],
    ],
    [
      'an override for an account whose records are refused',
      {
        trail: { accounts: ['111122223333'] },
        mirroring: { overrides: [{ accountId: '444455556666', filterId: FILTER }] },
      },
      ['mirroring.overrides[0].accountId: "444455556666" is not among trail.accounts, so this has no effect'],
    ],
    [
      'a value of doubtful form',
      { region: 'eu-wset-1' },
      ['region: "eu-wset-1" is not a region that AWS published; did you mean eu-west-1?'],
    ],
  ])('on %s', (_, config, doubts) => {
    expect(said(config)).toEqual(doubts);
  });

  it('reads a configuration of any form', () => {
    for (const value of [null, [], 'x', { exemptions: [null, 3], mirroring: [], requiredTags: { a: 1 } }])
      expect(said(value)).toEqual([]);
  });
});
