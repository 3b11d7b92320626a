/** An AWS organization: the lists of whoever may list it, and the regions that each account has on. */

import { FakeFault, type Item, type Params } from './account.ts';
import type { Given } from './other-services.ts';

type OrganizationAction = (given: Given, params: Params) => object;

/** The lists of the caller. `Accounts` and `Units` have a `ParentId` each. */
const listOf = ({ account }: Given, name: string): readonly Item[] => {
  const list = account.lists[name];
  if (list === undefined)
    throw new FakeFault('AccessDeniedException', 'You do not have permissions to access this resource.');
  return list;
};

const paged = (key: string, items: readonly Item[], { NextToken, MaxResults = 20 }: Params): object => {
  const from = Number(NextToken ?? 0);
  const to = from + Math.min(20, MaxResults);
  return { [key]: items.slice(from, to), ...(to < items.length && { NextToken: String(to) }) };
};

const below = (given: Given, list: string, { ParentId }: Params): readonly Item[] => {
  const parents = ['Accounts', 'Units'].flatMap((name) => listOf(given, name).map((each) => each.ParentId));
  if (!parents.includes(ParentId) && !listOf(given, 'Units').some(({ Id }) => Id === ParentId))
    throw new FakeFault('ParentNotFoundException', "You specified a parent that doesn't exist.");
  return listOf(given, list).filter((each) => each.ParentId === ParentId);
};

export const ORGANIZATION_ACTIONS: Readonly<Record<string, OrganizationAction>> = {
  ListAccounts: (given, params) => paged('Accounts', listOf(given, 'Accounts'), params),
  ListAccountsForParent: (given, params) => paged('Accounts', below(given, 'Accounts', params), params),
  ListOrganizationalUnitsForParent: (given, params) =>
    paged('OrganizationalUnits', below(given, 'Units', params), params),
};

/** `ListRegions`, of the caller, or of `AccountId` for whoever may list the organization. `accountOf` has the lists of an account. */
export function listRegions(
  given: Given,
  { AccountId, RegionOptStatusContains = [], ...params }: Params,
  accountOf: (accountId: string) => Given['account'],
): object {
  const asLister = { ...given, account: AccountId === undefined ? given.account : accountOf(AccountId) };
  if (AccountId !== undefined) listOf(given, 'Accounts');
  const wanted = listOf(asLister, 'Regions').filter(({ RegionOptStatus }) =>
    RegionOptStatusContains.includes(RegionOptStatus),
  );
  return paged('Regions', wanted, params);
}
