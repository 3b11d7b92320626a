/** Lists the accounts of an AWS organization: all of them, or those below some of its units. */

import {
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  type OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { byText, uniqueBy } from '../../collections.ts';
import type { OrganizationPolicy } from '../../config/organization/policy.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { LeftOut, OrganizationAccount } from '../../inventory/organization/scopes.ts';
import { awsCall } from '../call.ts';

/** The accounts of a policy, in any state, and the parts of it that could not be listed. */
export interface ListedAccounts {
  readonly accounts: readonly OrganizationAccount[];
  readonly leftOut: readonly LeftOut[];
}

/** An account as Organizations answers it. */
interface Answered {
  readonly Id?: string | undefined;
  readonly Name?: string | undefined;
  /** In place of `Status`, which AWS takes away in September 2026. */
  readonly State?: string | undefined;
  readonly Status?: string | undefined;
}

/** A page of a list. */
interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** No organization is deeper than five units; a tree that is deeper or has a circle is an endpoint's fault. */
const MOST_LEVELS = 8;

/** How often a part is read in all if units below it are deleted meanwhile. */
const MOST_WALKS = 3;

/**
 * Lists the accounts that the policy includes and does not exclude, by their ids in order. One request for each 20 accounts, or with units,
 * two for each unit below them. A unit that AWS does not know is left out and named; if only one below it is gone since its parent was read, it is
 * read again.
 *
 * @throws AwsCallError if the organization cannot be listed; PipelineError `config-invalid` if what is excluded cannot be, since too much
 * would be read then
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
 */
export async function listAccounts(
  client: OrganizationsClient,
  { include, exclude }: OrganizationPolicy,
): Promise<ListedAccounts> {
  const tree = treeOf(client);
  const leftOut: LeftOut[] = [];
  const wanted: OrganizationAccount[] = [];
  if (include === undefined) wanted.push(...(await tree.all()));
  for (const part of include ?? []) {
    try {
      wanted.push(...(await accountsOf(part, tree)));
    } catch (error) {
      if (!isUnknown(error)) throw error;
      leftOut.push({ path: `organization.include: ${part}`, reason: messageOf(error), unknown: true });
    }
  }
  const unwanted = new Set<string>();
  for (const part of exclude) {
    const excluded = isAccount(part) ? [part] : (await excludedBelow(part, tree)).map(({ accountId }) => accountId);
    for (const accountId of excluded) unwanted.add(accountId);
  }
  const accounts = uniqueBy(wanted, ({ accountId }) => accountId)
    .filter(({ accountId }) => !unwanted.has(accountId))
    .toSorted(byText(({ accountId }) => accountId));
  return { accounts, leftOut };
}

/** The lists of an organization. Every account is listed at most once. */
interface Tree {
  readonly all: () => Promise<readonly OrganizationAccount[]>;
  readonly below: (parentId: string) => Promise<readonly OrganizationAccount[]>;
}

function treeOf(client: OrganizationsClient): Tree {
  let everything: Promise<readonly OrganizationAccount[]> | undefined;
  const below = async (ParentId: string, level = 0): Promise<readonly OrganizationAccount[]> => {
    if (level > MOST_LEVELS)
      throw new PipelineError('aws-call-failed', `${ParentId} is more than ${MOST_LEVELS} units deep`, {
        resourceId: ParentId,
      });
    const here = await pages((NextToken) =>
      awsCall('ListAccountsForParent', { resourceId: ParentId }, async () => {
        const page = await client.send(new ListAccountsForParentCommand({ ParentId, NextToken }));
        return { items: accountsIn(page.Accounts), next: page.NextToken };
      }),
    );
    const units = await pages((NextToken) =>
      awsCall('ListOrganizationalUnitsForParent', { resourceId: ParentId }, async () => {
        const page = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId, NextToken }));
        return { items: (page.OrganizationalUnits ?? []).flatMap(({ Id }) => Id ?? []), next: page.NextToken };
      }),
    );
    const deeper: OrganizationAccount[] = [];
    for (const unit of units) deeper.push(...(await below(unit, level + 1)));
    return [...here, ...deeper];
  };
  return {
    all: () => {
      everything ??= pages((NextToken) =>
        awsCall('ListAccounts', {}, async () => {
          const page = await client.send(new ListAccountsCommand({ NextToken }));
          return { items: accountsIn(page.Accounts), next: page.NextToken };
        }),
      );
      return everything;
    },
    below: (parentId) => settled(parentId, () => below(parentId)),
  };
}

/** What is below a part, read again if a unit below it, not the part itself, is gone before it is read. */
async function settled<T>(part: string, read: () => Promise<T>): Promise<T> {
  for (let walks = 1; ; walks++) {
    try {
      return await read();
    } catch (error) {
      if (walks === MOST_WALKS || !isUnknown(error) || error.concerns.resourceId === part) throw error;
    }
  }
}

async function accountsOf(part: string, tree: Tree): Promise<readonly OrganizationAccount[]> {
  if (!isAccount(part)) return tree.below(part);
  const found = (await tree.all()).filter(({ accountId }) => accountId === part);
  if (found.length > 0) return found;
  throw new PipelineError('config-invalid', 'is no account of the organization', { accountId: part });
}

async function excludedBelow(part: string, tree: Tree): Promise<readonly OrganizationAccount[]> {
  try {
    return await tree.below(part);
  } catch (cause) {
    if (!isUnknown(cause)) throw cause;
    const message = `organization.exclude: which accounts ${part} has could not be found out: ${messageOf(cause)}`;
    throw new PipelineError('config-invalid', message, { resourceId: part, cause });
  }
}

/** Every item of a list, page by page. A page may be empty and not the last one. */
async function pages<T>(read: (token: string | undefined) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await read(token);
    all.push(...items);
    token = next;
  } while (token !== undefined && token !== '');
  return all;
}

function accountsIn(answered: readonly Answered[] = []): readonly OrganizationAccount[] {
  return answered.flatMap(({ Id, Name = '', State, Status }) =>
    Id !== undefined && isAccount(Id) ? [{ accountId: Id, name: Name, state: State ?? Status ?? '' }] : [],
  );
}

function isAccount(part: string): boolean {
  return /^\d{12}$/.test(part);
}

/** True if AWS knows no such root, unit or account. */
function isUnknown(error: unknown): error is PipelineError {
  if (!(error instanceof PipelineError)) return false;
  const { awsCode = '' } = error.concerns;
  return error.code === 'config-invalid' || ['ParentNotFoundException', 'InvalidInputException'].includes(awsCode);
}
