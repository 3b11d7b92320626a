/** Reads one account and region, and notes which lists it may not read. */

import { EC2Client } from '@aws-sdk/client-ec2';
import { AwsCallError } from '../../errors.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { isDenied } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Cache } from './cache.ts';
import { describeEc2, type Ec2Lists, type Item, type UnfilteredList } from './describe.ts';
import type { ListKey, RegionAnswers } from './to-inventory.ts';

/** A scope that is being read. */
export interface ScopeReader {
  readonly scope: Scope;
  readonly clients: Clients;
  readonly ec2: Ec2Lists;
  /** Drops a list from the cache. */
  readonly forget: (name: string) => void;
  /** A list from the cache, or read by `read` if it is not there or too old. */
  readonly cached: <T>(name: string, read: () => Promise<T>) => Promise<T>;
  /**
   * Waits for lists. A refused list is left out and noted in `unread`. Throws temporary failures, and the refusal if nothing of
   * the scope could be read so far.
   */
  collect<K extends ListKey>(
    lists: { readonly [P in K]: Promise<readonly Item[]> },
  ): Promise<{ readonly [P in K]?: readonly Item[] }>;
  /** The lists that were refused so far, with AWS's reasons. */
  unread(): Readonly<Record<string, string>>;
}

/** Starts reading a scope. Rejects if the account's credentials cannot be obtained. */
export async function openScope(clients: Clients, cache: Cache, scope: Scope): Promise<ScopeReader> {
  const unread: Record<string, string> = {};
  let read = 0;
  return {
    scope,
    clients,
    ec2: describeEc2(await clients.in(EC2Client, scope), scope),
    forget: (name) => cache.forget(`${scope.accountId}:${scope.region}:${name}`),
    cached: (name, load) => cache.get(`${scope.accountId}:${scope.region}:${name}`, load),
    unread: () => ({ ...unread }),
    async collect(lists) {
      const names = Object.keys(lists) as (keyof typeof lists)[];
      const results = await Promise.allSettled(names.map((name) => lists[name]));
      const collected: Partial<Record<keyof typeof lists, readonly Item[]>> = {};
      let refused: AwsCallError | undefined;
      for (const [index, result] of results.entries()) {
        const name = names[index];
        if (name === undefined) continue;
        if (result.status === 'fulfilled') {
          collected[name] = result.value;
          read += 1;
          continue;
        }
        if (!(result.reason instanceof AwsCallError) || result.reason.retryable) throw result.reason;
        refused ??= result.reason;
        unread[listNameOf(name)] = result.reason.message;
      }
      if (refused !== undefined && read === 0 && isDenied(refused.concerns.awsCode)) throw refused;
      return collected;
    },
  };
}

/** The list's name in an inventory: `SecurityGroups` → `securityGroups`. Reservations hold the instances. */
function listNameOf(key: ListKey): string {
  return key === 'Reservations' ? 'instances' : `${key.charAt(0).toLowerCase()}${key.slice(1)}`;
}

/** Slow-changing lists, from the cache if they are recent. */
export function readLists(
  { ec2, cached, collect }: ScopeReader,
  names: readonly UnfilteredList[],
): Promise<RegionAnswers> {
  const lists = names.map((name) => [name, cached(name, () => ec2.list(name))] as const);
  return collect(Object.fromEntries(lists) as { [K in UnfilteredList]: Promise<readonly Item[]> });
}
