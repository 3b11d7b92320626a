/** Effects: what one call did to one cell each, with the value before where any record tells it. */

import type { RecordedPermission } from '../../sighting/changes/network.ts';
import type { AccountCells } from '../account-cells.ts';
import { currentValue } from '../account-cells.ts';
import { type Cell, type CellKind, type CellValues, isSame } from '../cells.ts';
import type { KnownValues } from './known-values.ts';

/**
 * How an effect acts when the history is replayed.
 * - `put`: sets the value, whatever it was. An entry of an ACL or a route fails if it is not there, since a call replaces it.
 * - `create`: fails if the thing is there already, as EC2 does.
 * - `delete`: fails if the thing is not there.
 * - `drop`: removes the value if it is there, and succeeds either way (DeleteTags, cascades).
 * - `alter`: changes fields of the thing; fails if it is not there.
 */
export type Operation = 'put' | 'create' | 'delete' | 'drop' | 'alter';

/** What a call did to one cell. */
export interface Effect<K extends CellKind = CellKind> {
  readonly cell: Cell<K>;
  readonly operation: Operation;
  /** The value that `put` and `create` lead to; null for `delete` and `drop`. Of `alter`, the value if the one before is known. */
  readonly after: CellValues[K];
  /** The value before; undefined when no record tells it. */
  readonly before: CellValues[K] | undefined;
  /** For `alter`: the change itself. */
  alter?(value: NonNullable<CellValues[K]>): CellValues[K];
  /** Set for a change that no record shows: the account is not as the records leave it. */
  readonly isUnrecorded?: true | undefined;
  /** Set, in one past, for an effect that changed nothing beside others of its call that did. It may, when calls are left out. */
  readonly isIdle?: true | undefined;
  /** Set for what a call without parameters may have done: it may not have been about this cell at all. */
  readonly isPossible?: true | undefined;
  /** The id of a part that the effect makes, and of one without which the call is refused if another call of the history makes it. */
  readonly makes?: string | undefined;
  readonly needs?: string | undefined;
  /** For `drop`: removes the value only if it is this one (DeleteTags with a value). */
  readonly onlyIf?: CellValues[K] | undefined;
}

/** An effect on a cell of any kind. */
export type AnyEffect = { readonly [K in CellKind]: Effect<K> }[CellKind];

/**
 * A change of which the record doesn't say what it was on. It may have been on any resource that fits, so it is a possible cause of
 * findings there and no more.
 */
export type Unplaced =
  /** A session that only its id is known of. It was on an interface that has no such session now. */
  | { readonly lost: 'session'; readonly trafficMirrorSessionId: string }
  /** An attachment that only its id is known of. */
  | { readonly lost: 'attachment' }
  /** An association of a subnet that only its id is known of, and the ACL or table that the subnet got (undefined: the main one). */
  | { readonly lost: 'acl-association'; readonly networkAclId: string }
  | { readonly lost: 'table-association'; readonly routeTableId?: string | undefined }
  | { readonly lost: 'filter-rule' }
  /** What was attached to a terminated instance, or a deleted interface that nothing is known of. */
  | { readonly lost: 'interface'; readonly networkInterfaceId?: string | undefined }
  /** Something about these resources that can't be taken back. */
  | { readonly lost: 'parameters'; readonly resourceIds: readonly string[] };

/** What a call did, as far as its record and earlier ones tell. */
export interface Effects {
  readonly effects: readonly AnyEffect[];
  readonly unplaced: readonly Unplaced[];
  /** What the record lacks, to complete "the record …"; undefined when nothing is lost. */
  readonly lacks?: string | undefined;
}

/**
 * What earlier records, older snapshots, and ids in the account, tell about the values that later records lack. Filled while the history
 * is read.
 */
export interface Knowledge {
  readonly account: AccountCells;
  /** The tag keys that a policy mentions. Other tags change no verdict and are left out. */
  readonly tagKeys: readonly string[];
  /** By cell key, its value after the changes that were read so far. */
  readonly values: KnownValues;
  /** By attachment id, which stands for the same attachment at all times. */
  readonly attachments: Map<string, KnownAttachment>;
  /** By association id, its subnet. */
  readonly aclAssociations: Map<string, string>;
  readonly tableAssociations: Map<string, string>;
  /** By association id, the network ACL or route table: an association never changes, another one with a new id replaces it. */
  readonly associated: Map<string, string>;
  /** By rule id: the group's permission, and the group that it belongs to. */
  readonly permissions: Map<string, CellValues['permission']>;
  /** By rule id, everything that a group's rule allowed at some time, oldest first. */
  readonly formerPermissions: Map<string, readonly RecordedPermission[]>;
  readonly groupsOfRules: Map<string, string>;
  /** By rule id, the filter that it belongs to. */
  readonly filterRules: Map<string, string>;
  /** The ids of egress rules, which let no packet in. A record of their change doesn't say that they are. */
  readonly egressRules: Set<string>;
  /** By instance id, the interfaces that are known to be attached to it; by interface id, the sessions on it. */
  readonly interfacesOn: Map<string, Set<string>>;
  /** By instance of which `interfacesOn` has all interfaces, those that are deleted with it. */
  readonly launchedWith: Map<string, ReadonlySet<string>>;
  readonly sessionsOn: Map<string, Set<string>>;
}

/** What an attachment's id stands for. */
export interface KnownAttachment {
  readonly networkInterfaceId: string;
  readonly instanceId: string;
  readonly attachment: NonNullable<CellValues['attachment']>;
}

/** What a group's rule allows from now on. */
export function learnRule(id: string, groupId: string, permission: RecordedPermission, knowledge: Knowledge): void {
  const { permissions, groupsOfRules, formerPermissions } = knowledge;
  permissions.set(id, permission);
  groupsOfRules.set(id, groupId);
  formerPermissions.set(id, [...(formerPermissions.get(id) ?? []), permission]);
}

/** The last known value of a cell; undefined when no record tells it. */
export function knownValue<K extends CellKind>(cell: Cell<K>, { values }: Knowledge): CellValues[K] | undefined {
  return values.get(cell.key) as CellValues[K] | undefined;
}

/** The last known value of something that a call shows to have been there; undefined also if it is known not to have been. */
function knownThing<K extends CellKind>(cell: Cell<K>, knowledge: Knowledge): CellValues[K] | undefined {
  return knownValue(cell, knowledge) ?? undefined;
}

/** An effect that sets a cell, with the value before as known. From then on, the value is known. */
export function put<K extends CellKind>(
  cell: Cell<K>,
  after: CellValues[K],
  knowledge: Knowledge,
  before: CellValues[K] | undefined = knownValue(cell, knowledge),
): Effect<K> {
  knowledge.values.set(cell.key, after);
  return { cell, operation: 'put', after, before };
}

/** An effect that replaces a thing, which has to be there: if it is known not to have been, it is not known what it was. */
export function replace<K extends CellKind>(
  cell: Cell<K>,
  after: NonNullable<CellValues[K]>,
  knowledge: Knowledge,
): Effect<K> {
  const before = knownThing(cell, knowledge);
  knowledge.values.set(cell.key, after);
  return { cell, operation: 'put', after, before };
}

/**
 * An effect that creates a thing. Where the account still has it as it was created, the account's description is used: it is more
 * complete.
 */
export function create<K extends CellKind>(
  cell: Cell<K>,
  recorded: NonNullable<CellValues[K]>,
  knowledge: Knowledge,
): Effect<K> {
  const now = currentValue(cell, knowledge.account);
  const after = now !== null && isSame(cell.kind, now, recorded) ? now : recorded;
  knowledge.values.set(cell.key, after);
  return { cell, operation: 'create', after, before: nothing<K>() };
}

/**
 * An effect that deletes a thing, which is restored as it is known to have been. One that was not there could not have been deleted, so
 * then it is not known what it was: something happened that no record shows.
 */
export function remove<K extends CellKind>(
  cell: Cell<K>,
  knowledge: Knowledge,
  before: CellValues[K] | undefined = knownThing(cell, knowledge),
): Effect<K> {
  const after = nothing<K>();
  knowledge.values.set(cell.key, after);
  return { cell, operation: 'delete', after, before };
}

/** An effect that removes a value if it is there (and, with `onlyIf`, if it is that one). It succeeds either way. */
export function drop<K extends CellKind>(
  cell: Cell<K>,
  knowledge: Knowledge,
  onlyIf?: CellValues[K] | undefined,
): Effect<K> {
  const before = knownValue(cell, knowledge);
  const isKept = before !== undefined && onlyIf !== undefined && before !== onlyIf;
  const after = isKept ? before : nothing<K>();
  // Without the value before, one that was removed only on a condition may still be another.
  if (before === undefined && onlyIf !== undefined) knowledge.values.delete(cell.key);
  else knowledge.values.set(cell.key, after);
  return { cell, operation: 'drop', after, before, onlyIf };
}

/** An effect that empties a part of a thing that is deleted. None where no record tells that the part held anything. */
export function empty<K extends CellKind>(cell: Cell<K>, knowledge: Knowledge): readonly Effect<K>[] {
  const known = knownValue(cell, knowledge) ?? null;
  return known === null ? [] : [put(cell, nothing<K>(), knowledge, known)];
}

/** The text if any effect's value before is lost. */
export function lossOf(effects: readonly AnyEffect[], lacks: string): string | undefined {
  return effects.some(({ before }) => before === undefined) ? lacks : undefined;
}

/**
 * An effect that changes fields of a thing. `shown` is the thing after the call, if the answer has it: where it is not what the known
 * thing became, something changed that before without a record, so it is not known what it was.
 */
export function alter<K extends CellKind>(
  cell: Cell<K>,
  change: (value: NonNullable<CellValues[K]>) => CellValues[K],
  knowledge: Knowledge,
  shown?: CellValues[K] | undefined,
): Effect<K> {
  const known = knownValue(cell, knowledge) ?? undefined;
  const changed = known === undefined || known === null ? nothing<K>() : change(known);
  const isOvertaken = shown !== undefined && !isSame(cell.kind, changed, shown);
  const before = isOvertaken ? undefined : known;
  const after = before === undefined ? nothing<K>() : changed;
  const result = shown ?? (before === undefined ? undefined : after);
  if (result === undefined) knowledge.values.delete(cell.key);
  else knowledge.values.set(cell.key, result);
  return { cell, operation: 'alter', after, before, alter: change };
}

function nothing<K extends CellKind>(): CellValues[K] {
  const none: CellValues[CellKind] & null = null;
  return none as CellValues[K];
}
