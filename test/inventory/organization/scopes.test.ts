import { describe, expect, it } from 'vitest';
import { regionsOnByDefault } from '../../../src/config/regions.ts';
import { type RegionsOf, scopesOfAccounts } from '../../../src/inventory/organization/scopes.ts';

const AT = { homeRegion: 'eu-west-1', onByDefault: ['eu-west-1'] };
const account = (number: number, state = 'ACTIVE') => ({ accountId: String(100000000000 + number), name: '', state });
const known = (number: number, regions: RegionsOf) => [account(number), regions] as const;

describe('the scopes of accounts', () => {
  it('are none of no account', () => {
    expect(scopesOfAccounts([], 'enabled', AT)).toEqual({ scopes: [], leftOut: [] });
  });

  it('name a region that is off in many accounts once, with the first five', () => {
    const off = Array.from({ length: 7 }, (_, index) => known(index, { on: ['eu-west-1'] }));
    const { leftOut } = scopesOfAccounts([known(9, { on: ['eu-west-1', 'me-south-1'] }), ...off], 'enabled', AT);
    expect(leftOut).toEqual([
      {
        path: 'region me-south-1',
        reason: 'is off in accounts 100000000000, 100000000001, 100000000002, 100000000003, 100000000004 and 2 more',
        unknown: false,
      },
    ]);
  });

  it.each([
    ['eu-west-1', 17],
    ['cn-north-1', 2],
    ['us-gov-west-1', 2],
  ])('are, where nobody knows, those that every account has on: by %s, %i', (home, count) => {
    const unknown = { isOpen: true, reason: 'AccessDenied' };
    expect(
      scopesOfAccounts([known(1, unknown)], 'enabled', { homeRegion: home, onByDefault: regionsOnByDefault(home) })
        .scopes,
    ).toHaveLength(count);
  });

  it('are the listed regions where nobody knows which are on, without a doubt: reading them shows it', () => {
    const found = scopesOfAccounts(
      [known(1, { isOpen: true, reason: 'AccessDenied' })],
      ['eu-west-1', 'sa-east-1'],
      AT,
    );
    expect(found.scopes.map(({ region }) => region)).toEqual(['eu-west-1', 'sa-east-1']);
    expect(found.leftOut).toEqual([]);
  });
});
