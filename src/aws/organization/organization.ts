/** The organization as our functions and commands see it: listed once and kept for minutes, and for a while longer if AWS does not answer. */

import { OrganizationsClient } from '@aws-sdk/client-organizations';
import pLimit from 'p-limit';
import type { OrganizationPolicy } from '../../config/organization/policy.ts';
import { regionsOnByDefault } from '../../config/regions.ts';
import { PipelineError } from '../../errors.ts';
import type { Scope } from '../../inventory/inventory.ts';
import {
  isReadable,
  type OrganizationScopes,
  type RegionsOf,
  scopesOfAccounts,
  unreadableAccounts,
} from '../../inventory/organization/scopes.ts';
import type { Clients } from '../clients.ts';
import { type ListedAccounts, listAccounts } from './list-accounts.ts';
import { listRegions } from './list-regions.ts';

/** The accounts and regions of an organization that a configuration watches. */
export interface Organization {
  /** The accounts, in any state: records of a suspended one may arrive late. Throws AwsCallError if they cannot be listed. */
  accountIds(): Promise<readonly string[]>;
  /** The accounts and regions to read, and what is left out. `regions` restricts them. Throws as `accountIds`. */
  scopes(regions?: readonly string[]): Promise<OrganizationScopes>;
}

/** What the organization is listed with. */
export interface OrganizationContext {
  readonly clients: Clients;
  readonly policy: OrganizationPolicy;
  /** The account whose credentials list the organization, if no role does. */
  readonly own: () => Promise<string>;
  /** The home region. It tells the partition. */
  readonly region: string;
  /** In milliseconds. */
  readonly now: () => number;
}

/** A new account is known after this time at the latest. */
const ACCOUNTS_KEPT_MS = 10 * 60_000;
/** An account that has a region turned on is read there after this time. */
const REGIONS_KEPT_MS = 60 * 60_000;
/** What could not be found out is asked again after this time, and not by each step of a run. */
const REFUSAL_KEPT_MS = 60_000;
/** How long accounts are believed that could not be listed again. After that, nobody knows who is a member. */
const MOST_STALE_MS = 24 * 60 * 60_000;
/** How many accounts are asked at the same time. */
const ACCOUNTS_AT_ONCE = 16;

/** The organization by AWS's own lists. What every account has on is asked for when scopes are wanted, not before. */
export function awsOrganization({ clients, policy, own, region, now }: OrganizationContext): Organization {
  const kept = keptFor(ACCOUNTS_KEPT_MS, now, async () => {
    const client = await clients.in(OrganizationsClient, await lister(), 'organization');
    const listed = await listAccounts(client, policy);
    checkAny(listed);
    return listed;
  });
  const regions = new Map<string, { readonly since: number; readonly known: RegionsOf }>();

  const lister = async (): Promise<Scope> => ({
    accountId: policy.roleArn?.split(':')[4] ?? (await own()),
    region,
  });
  const regionsOf = async (accountId: string): Promise<RegionsOf> => {
    const there = regions.get(accountId);
    const keptMs = there !== undefined && 'on' in there.known ? REGIONS_KEPT_MS : REFUSAL_KEPT_MS;
    if (there !== undefined && now() - there.since < keptMs) return there.known;
    const known = await listRegions(clients, { accountId, region }, await lister());
    regions.set(accountId, { since: now(), known });
    return known;
  };

  return {
    accountIds: async () => (await kept()).accounts.map(({ accountId }) => accountId),
    scopes: async (asked) => {
      const { accounts, leftOut } = await kept();
      const limit = pLimit(ACCOUNTS_AT_ONCE);
      const found = await Promise.all(
        accounts
          .filter(isReadable)
          .map((account) => limit(async () => [account, await regionsOf(account.accountId)] as const)),
      );
      const scopes = scopesOfAccounts(found, asked ?? policy.regions, {
        homeRegion: region,
        onByDefault: regionsOnByDefault(region),
      });
      return {
        scopes: scopes.scopes,
        leftOut: [...leftOut, ...unreadableAccounts(accounts), ...scopes.leftOut],
      };
    },
  };
}

/** A value that is read again after `keptMs`. If that fails, the older one goes on for a day, and is read again after a minute. */
function keptFor<T>(keptMs: number, now: () => number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly since: number; readonly value: T } | undefined;
  let notBefore = 0;
  let reading: Promise<T> | undefined;
  return async () => {
    if (kept !== undefined && (now() - kept.since < keptMs || now() < notBefore)) return kept.value;
    const since = now();
    reading ??= read().finally(() => {
      reading = undefined;
    });
    try {
      const value = await reading;
      kept = { since, value };
      return value;
    } catch (error) {
      if (kept === undefined || since - kept.since >= MOST_STALE_MS) throw error;
      notBefore = since + REFUSAL_KEPT_MS;
      return kept.value;
    }
  };
}

/** An organization has an account at least: ours. With none, all that was included is wrong. */
function checkAny({ accounts, leftOut }: ListedAccounts): void {
  if (accounts.length > 0) return;
  const reasons = leftOut.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
  throw new PipelineError(
    'config-invalid',
    `the organization has no account that the configuration includes and does not exclude${reasons === '' ? '' : `: ${reasons}`}`,
  );
}
