/** The accounts and regions of an AWS organization, as found: which are to be read, and which are not and why. */

import { groupBy, listed } from '../../collections.ts';
import type { Scope } from '../inventory.ts';

/** An account of an organization. */
export interface OrganizationAccount {
  readonly accountId: string;
  /** As AWS has it: whoever made the account chose it. Empty if there is none. */
  readonly name: string;
  /** AWS's word, such as `ACTIVE` or `SUSPENDED`. */
  readonly state: string;
}

/** What is no scope although it was asked for. */
export interface LeftOut {
  /** `account 111122223333`, `region me-south-1`, or what the configuration names. */
  readonly path: string;
  readonly reason: string;
  /** True if there may be something to judge that nobody looked at; false if AWS says that there is nothing that could be read. */
  readonly unknown: boolean;
}

/** Which regions an account has on, or why that is not known. `isOpen` is false if the account lets nobody in. */
export type RegionsOf = { readonly on: readonly string[] } | { readonly isOpen: boolean; readonly reason: string };

/** The scopes of an organization and what is left out of them. */
export interface OrganizationScopes {
  readonly scopes: readonly Scope[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * In these states nobody can be let in. An unknown state is tried.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
 */
const UNREADABLE: Readonly<Record<string, string>> = {
  PENDING_ACTIVATION: 'is not active yet: AWS is still setting it up',
  SUSPENDED: 'is suspended: AWS lets nobody in',
  PENDING_CLOSURE: 'is being closed: AWS lets nobody in',
  CLOSED: 'is closed',
};

/** True unless AWS says that nobody can be let into the account. */
export function isReadable({ state }: OrganizationAccount): boolean {
  return !Object.hasOwn(UNREADABLE, state);
}

/**
 * The scopes of accounts. With `enabled`, those regions that each account has on; where that is not known, those that every account has
 * (`onByDefault`), and that others may be on is left out as unknown. An account that lets nobody in has one scope, in `homeRegion`: reading it says so once.
 */
export function scopesOfAccounts(
  found: readonly (readonly [OrganizationAccount, RegionsOf])[],
  regions: 'enabled' | readonly string[],
  at: { readonly homeRegion: string; readonly onByDefault: readonly string[] },
): OrganizationScopes {
  const scopes: Scope[] = [];
  const leftOut: LeftOut[] = [];
  for (const [{ accountId }, known] of found) {
    const read = regionsToRead(known, regions, at);
    scopes.push(...read.map((region) => ({ accountId, region })));
    if ('on' in known || !known.isOpen || regions !== 'enabled') continue;
    const reason = `which regions are on could not be read, so only those that every account has are: ${known.reason}`;
    leftOut.push({ path: `account ${accountId}`, reason, unknown: true });
  }
  return { scopes, leftOut: [...leftOut, ...regionsOff(found, regions)] };
}

/** Why each of the accounts that nobody can be let into is left out. */
export function unreadableAccounts(accounts: readonly OrganizationAccount[]): readonly LeftOut[] {
  return accounts.flatMap(({ accountId, state }) => {
    const reason = UNREADABLE[state];
    return reason === undefined ? [] : [{ path: `account ${accountId}`, reason, unknown: false }];
  });
}

function regionsToRead(
  known: RegionsOf,
  regions: 'enabled' | readonly string[],
  { homeRegion, onByDefault }: { readonly homeRegion: string; readonly onByDefault: readonly string[] },
): readonly string[] {
  if ('on' in known) return regions === 'enabled' ? known.on : regions.filter((region) => known.on.includes(region));
  if (!known.isOpen) return [homeRegion];
  return regions === 'enabled' ? onByDefault : regions;
}

/** How many accounts a sentence names. */
const MOST_NAMED = 5;

/** The regions that were asked for by name, or that another account has on, with the accounts in which they are off. */
function regionsOff(
  found: readonly (readonly [OrganizationAccount, RegionsOf])[],
  regions: 'enabled' | readonly string[],
): readonly LeftOut[] {
  const asked = new Set(
    regions === 'enabled' ? found.flatMap(([, known]) => ('on' in known ? known.on : [])) : regions,
  );
  const off = found.flatMap(([{ accountId }, known]) =>
    'on' in known
      ? [...asked].filter((region) => !known.on.includes(region)).map((region) => ({ accountId, region }))
      : [],
  );
  return [...groupBy(off, ({ region }) => region)].map(([region, accounts]) => ({
    path: `region ${region}`,
    reason: `is off in ${accounts.length === 1 ? 'account' : 'accounts'} ${listed(
      accounts.map(({ accountId }) => accountId),
      MOST_NAMED,
    )}`,
    unknown: false,
  }));
}
