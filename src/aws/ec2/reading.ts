/** One reading of an account and region: what could be read of it, and why the rest could not. */

import { EC2Client } from '@aws-sdk/client-ec2';
import { AwsCallError } from '../../errors.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { isDenied } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Cache } from './cache.ts';
import { type Ec2Reads, ec2Reads, type Item, type WholeList } from './reads.ts';
import type { ListKey, RegionAnswers } from './shapes.ts';

/** One reading of a scope: what could be read, and why the rest could not. */
export interface Reading {
  readonly scope: Scope;
  readonly clients: Clients;
  readonly ec2: Ec2Reads;
  /** Has a list that is held read anew the next time. */
  readonly forget: (name: string) => void;
  readonly cached: <T>(name: string, read: () => Promise<T>) => Promise<T>;
  /** Waits for lists; one that is refused is left out and noted. Throws when every list of the whole reading was refused. */
  settled<K extends ListKey>(
    lists: { readonly [P in K]: Promise<readonly Item[]> },
  ): Promise<{ readonly [P in K]?: readonly Item[] }>;
  unread(): Readonly<Record<string, string>>;
}

/** Begins a reading. Rejects when the account's credentials cannot be had. */
export async function beginReading(clients: Clients, cache: Cache, scope: Scope): Promise<Reading> {
  const unread: Record<string, string> = {};
  let read = 0;
  return {
    scope,
    clients,
    ec2: ec2Reads(await clients.in(EC2Client, scope), scope),
    forget: (name) => cache.forget(`${scope.accountId}:${scope.region}:${name}`),
    cached: (name, load) => cache.get(`${scope.accountId}:${scope.region}:${name}`, load),
    unread: () => ({ ...unread }),
    async settled(lists) {
      const names = Object.keys(lists) as (keyof typeof lists)[];
      const results = await Promise.allSettled(names.map((name) => lists[name]));
      const held: Partial<Record<keyof typeof lists, readonly Item[]>> = {};
      let refused: AwsCallError | undefined;
      for (const [index, result] of results.entries()) {
        const name = names[index];
        if (name === undefined) continue;
        if (result.status === 'fulfilled') {
          held[name] = result.value;
          read += 1;
          continue;
        }
        if (!(result.reason instanceof AwsCallError) || result.reason.retryable) throw result.reason;
        refused ??= result.reason;
        unread[listNameOf(name)] = result.reason.message;
      }
      if (refused !== undefined && read === 0 && isDenied(refused.concerns.awsCode)) throw refused;
      return held;
    },
  };
}

/** `SecurityGroups` → `securityGroups`, the list's name in an inventory; reservations hold the instances. */
function listNameOf(key: ListKey): string {
  return key === 'Reservations' ? 'instances' : `${key.charAt(0).toLowerCase()}${key.slice(1)}`;
}

/** Lists that change slowly, from the cache where they are young. */
export function readLists({ ec2, cached, settled }: Reading, names: readonly WholeList[]): Promise<RegionAnswers> {
  const lists = names.map((name) => [name, cached(name, () => ec2.list(name))] as const);
  return settled(Object.fromEntries(lists) as { [K in WholeList]: Promise<readonly Item[]> });
}
