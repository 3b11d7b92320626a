/** The security groups of a target, compiled. Each group and each prefix list is compiled once, however many sets it is in. */

import { byText, compareText, groupBy } from '../../collections.ts';
import type { SecurityGroup, UserIdGroupPair } from '../../inventory/security-group.ts';
import type { DecisionTable } from '../../net/first-match.ts';
import { coversVxlan, protocolInWords, VXLAN_FLOW } from '../../net/flow.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check } from '../verdict.ts';
import { type Blocks, blocksOfList, containingBlocks, parseBlocks } from './blocks.ts';

/** A compiled set of groups: doors that the sender's address opens, and references that its groups match. */
export interface GroupRules {
  /** In order of their words. */
  readonly doors: readonly Door[];
  /** By the group that is referred to, in order of their words. */
  readonly references: ReadonlyMap<string, readonly GroupReference[]>;
  /** The result where nothing matches. */
  readonly otherwise: 'unknown' | 'block';
  /** The check where nothing matches. It names what could not be read, else whom the groups do admit. */
  readonly otherwiseCheck: () => Check;
}

/** Permissions of the same group, protocol and ports. */
export interface Door {
  readonly words: string;
  readonly admits: readonly AddressTable[];
}

/** Gives the words of the block that lets an address in. */
export interface AddressTable {
  /** Unique in the account, counted from 0. The doors of many groups may have the same table. */
  readonly number: number;
  readonly blocks: DecisionTable<string | undefined>;
}

/** A permission for the members of another group. */
export interface GroupReference {
  /** The group that has the rule. */
  readonly inGroup: string;
  readonly pair: UserIdGroupPair;
  readonly words: string;
}

/**
 * Compiles the groups of a target. Any permission that covers udp 4789 and the sender's address allows. What could not be read (a
 * group, a prefix list, a block that does not parse) makes the rest `unknown` instead of `block`, but never overrides an allow. IPv6
 * ranges never match, because mirrored packets travel over IPv4. An empty list of groups allows nothing.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function compileGroups(groupIds: readonly string[], account: AccountIndex): GroupRules {
  const ids = [...new Set(groupIds)].toSorted();
  const found = ids.map((id) => [id, account.securityGroup(id)] as const);
  const groups = found.flatMap(([, group]) => (typeof group === 'object' ? account.compiled(compileGroup, group) : []));
  const missing = found.flatMap(([id, group]) => (typeof group === 'object' ? [] : [`security group ${id}`]));
  const doors = groups.flatMap((group) => group.doors).map((door) => openDoor(door, account));
  const references = groups.flatMap((group) => group.references);
  const unread = [...new Set([...missing, ...doors.flatMap((door) => door.unread)])].toSorted(compareText);
  let otherwiseCheck: Check | undefined;
  return {
    // Several doors may be open. The order only makes the reason the same for any order of the input.
    doors: doors.toSorted(byText(({ words }) => words)),
    references: groupBy(references.toSorted(byText(({ words }) => words)), ({ pair }) => pair.groupId),
    otherwise: unread.length > 0 ? 'unknown' : 'block',
    otherwiseCheck: () => {
      otherwiseCheck ??= noRuleMatches(ids, unread, whoIsAdmitted(doors, references));
      return otherwiseCheck;
    },
  };
}

/** A group, compiled. It names prefix lists but does not depend on them. */
interface CompiledGroup {
  readonly doors: readonly ClosedDoor[];
  readonly references: readonly GroupReference[];
}

interface ClosedDoor {
  readonly words: string;
  readonly blocks: Blocks;
  readonly prefixListIds: readonly string[];
}

function compileGroup({ groupId, ipPermissions }: SecurityGroup): CompiledGroup {
  const references: GroupReference[] = [];
  const relevant = ipPermissions.flatMap((permission) => {
    const ports = { from: permission.fromPort, to: permission.toPort };
    if (!coversVxlan(permission.ipProtocol, ports)) return [];
    const words = `security group ${groupId} allows ${protocolInWords(permission.ipProtocol, ports)} from`;
    for (const pair of permission.userIdGroupPairs) {
      references.push({ inGroup: groupId, pair, words: `${words} ${pair.groupId}` });
    }
    return [{ words, permission }];
  });
  const doors = [...groupBy(relevant, ({ words }) => words)].map(([words, alike]) => ({
    words,
    blocks: parseBlocks(alike.flatMap(({ permission }) => permission.cidrIps)),
    prefixListIds: [...new Set(alike.flatMap(({ permission }) => permission.prefixListIds))],
  }));
  return { doors, references };
}

interface OpenDoor extends Door {
  readonly own: Blocks;
  readonly lists: readonly Blocks[];
  readonly unread: readonly string[];
}

/** Adds the prefix lists of a door. */
function openDoor({ words, blocks: own, prefixListIds }: ClosedDoor, account: AccountIndex): OpenDoor {
  const lists: Blocks[] = [];
  const unread = [...own.unreadable];
  for (const id of prefixListIds) {
    const list = blocksOfList(id, account);
    if (list === 'unread') unread.push(`prefix list ${id}`);
    else {
      lists.push(list);
      unread.push(...list.unreadable);
    }
  }
  const admits = [own, ...lists]
    .filter(({ ipv4 }) => ipv4.length > 0)
    .map((each) => addressTable(account.compiled(containingBlocks, each), account));
  return { words, own, lists, unread, admits };
}

function addressTable(blocks: AddressTable['blocks'], account: AccountIndex): AddressTable {
  const tables = account.once(addressTables);
  const table = tables.get(blocks) ?? { number: tables.size, blocks };
  tables.set(blocks, table);
  return table;
}

/** The tables by what they hold. Starts empty and fills up as groups are compiled. */
export function addressTables(): Map<AddressTable['blocks'], AddressTable> {
  return new Map();
}

/** The check where no permission matches. It names what could not be read, else whom the groups do admit. */
function noRuleMatches(ids: readonly string[], unread: readonly string[], admitted: Admitted): Check {
  if (unread.length > 0) return check('unknown', `could not be read: ${inWords(unread, unread.length)}`);
  if (ids.length === 0) return check('block', 'the target has no security group, so nothing is let in');
  const allow = ids.length === 1 ? `security group ${ids[0]} allows` : `security groups ${ids.join(', ')} allow`;
  return admitted.count === 0
    ? check('block', `${allow} ${VXLAN_FLOW} from nowhere`)
    : check('block', `${allow} ${VXLAN_FLOW} only from ${inWords(admitted.first, admitted.count)}`);
}

/** A reason names this many at most. */
const MOST_NAMED = 3;

/** The blocks and groups that a set of groups admits: how many, and the first ones. */
interface Admitted {
  readonly count: number;
  readonly first: readonly string[];
}

/** Counts without going through prefix lists, which are long and in many sets. */
function whoIsAdmitted(doors: readonly OpenDoor[], references: readonly GroupReference[]): Admitted {
  const lists = new Set(doors.flatMap((door) => door.lists));
  const others = new Set(references.map(({ pair }) => pair.groupId));
  for (const { own } of doors) for (const words of own.words) others.add(words);
  const first = new Set([...others].toSorted(compareText).slice(0, MOST_NAMED));
  let count = others.size;
  for (const { words } of lists) {
    count += words.length;
    for (const each of words.slice(0, MOST_NAMED)) first.add(each);
  }
  return { count, first: [...first].toSorted(compareText) };
}

function inWords(items: readonly string[], count: number): string {
  const shown = items.slice(0, MOST_NAMED).join(', ');
  return count > MOST_NAMED ? `${shown} and ${count - MOST_NAMED} more` : shown;
}

function check(result: Check['result'], reason: string): Check {
  return { check: 'security-group', result, reason };
}
