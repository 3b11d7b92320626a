import { describe, expect, it } from 'vitest';
import { doubtsIn } from '../../../src/config/doubts.ts';
import { believesOrganization, believing } from '../../../src/config/organization/policy.ts';
import { parseConfig } from '../../../src/config.ts';

const parse = (config: object) => parseConfig(JSON.stringify(config), 'config.json');

describe('organization', () => {
  it('is everything, in the regions that are on, if nothing more is said', () => {
    expect(parse({ organization: {} }).organization).toEqual({ exclude: [], regions: 'enabled' });
    expect(parse({}).organization).toBeUndefined();
  });

  it.each([
    ['include', 'ou-ab12'],
    ['include', 'o-abcdefghij'],
    ['exclude', '1234'],
    ['exclude', 'ou-AB12-12345678'],
    ['regions', 'Ireland'],
    ['regions', 'eu-west-1a'],
  ])('refuses in %s: %j', (key, value) => {
    expect(() => parse({ organization: { [key]: [value] } })).toThrow(`organization.${key}[0]`);
  });

  it.each([[[]], ['all']])('refuses regions: %j', (regions) => {
    expect(() => parse({ organization: { regions } })).toThrow('organization.regions');
  });

  it('takes roots, units and accounts, a list of regions, and a role of any partition', () => {
    const organization = {
      include: ['r-ab12', 'ou-ab12-12345678', '111122223333'],
      exclude: ['ou-ab12-87654321'],
      regions: ['eu-west-1', 'us-gov-west-1'],
      roleArn: 'arn:aws-us-gov:iam::111122223333:role/audit/lists',
    };
    expect(parse({ organization }).organization).toEqual(organization);
  });

  it('changes the hash of a configuration that has it, and of no other', () => {
    expect(parse({ organization: {} }).hash).not.toBe(parse({}).hash);
    expect(parse({ requiredTags: ['Owner'] }).hash).toBe('04ad70dcf54d');
  });
});

describe('trail.accounts: "organization"', () => {
  const config = parse({ organization: {}, trail: { accounts: 'organization' } });

  it('believes no account before the accounts are known', () => {
    expect(believesOrganization(config)).toBe(true);
    expect(config.trail.accounts).not.toEqual([]);
    expect(config.trail.accounts.filter((id) => /^\d{12}$/.test(id))).toEqual([]);
  });

  it('believes exactly those that are known, and none if there are none', () => {
    const known = believing(config, ['111122223333']);
    expect(known.trail.accounts).toEqual(['111122223333']);
    expect(known.hash).toBe(config.hash);
    expect(believesOrganization(known)).toBe(false);
    expect(believing(config, []).trail.accounts).not.toEqual([]);
  });

  it('needs organization', () => {
    expect(() => parse({ trail: { accounts: 'organization' } })).toThrow('needs "organization" beside it');
  });

  it('is no entry of a list, and no other word', () => {
    expect(() => parse({ organization: {}, trail: { accounts: ['organization'] } })).toThrow('without brackets');
    expect(() => parse({ organization: {}, trail: { accounts: 'all' } })).toThrow('trail.accounts');
  });

  it('gives assumeRole accounts to work in; without a role only our own account can be read', () => {
    const doubts = (more: object) => doubtsIn({ organization: {}, ...more }, new Date()).map(({ path }) => path);
    expect(doubts({ assumeRole: { roleName: 'member' } })).toEqual([]);
    expect(doubts({})).toEqual(['organization']);
  });
});
