/** Lists the regions that an account has on. */

import { AccountClient, ListRegionsCommand } from '@aws-sdk/client-account';
import { AwsCallError, messageOf } from '../../errors.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { RegionsOf } from '../../inventory/organization/scopes.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';

/** In these states calls in a region are answered. What runs in a region that is being turned off goes on for a while. */
const ON = ['ENABLED', 'ENABLED_BY_DEFAULT', 'DISABLING'] as const;

/**
 * The regions that the account has on: asked of the account itself, which needs no trusted access, and if that refuses, of whoever lists the
 * organization (`lister`). Where neither answers, why. Never throws.
 *
 * @see https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
 */
export async function listRegions(clients: Clients, scope: Scope, lister: Scope): Promise<RegionsOf> {
  try {
    return { on: await regionsOn(await clients.in(AccountClient, scope), scope.accountId) };
  } catch (refused) {
    // An account that lets nobody in can't be read either, whatever regions it has.
    if (isShut(refused)) return { isOpen: false, reason: messageOf(refused) };
    try {
      const client = await clients.in(AccountClient, lister, 'organization');
      return { on: await regionsOn(client, scope.accountId, { AccountId: scope.accountId }) };
    } catch {
      return { isOpen: true, reason: messageOf(refused) };
    }
  }
}

async function regionsOn(
  client: AccountClient,
  accountId: string,
  whose: { readonly AccountId?: string } = {},
): Promise<readonly string[]> {
  const on: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await awsCall('ListRegions', { accountId }, () =>
      client.send(new ListRegionsCommand({ ...whose, RegionOptStatusContains: [...ON], MaxResults: 50, NextToken })),
    );
    for (const { RegionName, RegionOptStatus } of page.Regions ?? [])
      if (RegionName !== undefined && ON.some((status) => status === RegionOptStatus)) on.push(RegionName);
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== '');
  return on.toSorted();
}

function isShut(error: unknown): boolean {
  return error instanceof AwsCallError && error.concerns.operation === 'AssumeRole' && !error.retryable;
}
