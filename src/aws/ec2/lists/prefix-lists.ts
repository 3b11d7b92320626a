/** Reads the prefix lists that an account's security groups and routes refer to, with their entries. */

import { AwsCallError } from '../../../errors.ts';
import type { ScopeReader } from '../scope-reader.ts';
import type { RegionAnswers } from '../to-inventory.ts';

interface PrefixListUser {
  readonly IpPermissions?: readonly { readonly PrefixListIds?: readonly { readonly PrefixListId?: string }[] }[];
  readonly Routes?: readonly { readonly DestinationPrefixListId?: string }[];
}

/** The prefix lists that security groups and routes refer to. One that cannot be read has no `Entries`. */
export async function readPrefixLists({ ec2, cached }: ScopeReader, answers: RegionAnswers): Promise<RegionAnswers> {
  const users: readonly PrefixListUser[] = [...(answers.SecurityGroups ?? []), ...(answers.RouteTables ?? [])];
  const ids = users.flatMap(({ IpPermissions = [], Routes = [] }) => [
    ...IpPermissions.flatMap(({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId }) => PrefixListId)),
    ...Routes.map(({ DestinationPrefixListId }) => DestinationPrefixListId),
  ]);
  const named = [...new Set(ids)].filter((id): id is string => id !== undefined);
  return {
    PrefixLists: await Promise.all(
      named.map(async (PrefixListId) => {
        try {
          const Entries = await cached(`PrefixList ${PrefixListId}`, () => ec2.prefixListEntries(PrefixListId));
          return { PrefixListId, Entries };
        } catch (fault) {
          if (!(fault instanceof AwsCallError) || fault.retryable) throw fault;
          return { PrefixListId };
        }
      }),
    ),
  };
}
