/** Finds changes that no record shows: what an older account shows, and neither the records nor the account explain. */

import type { BuiltInRuleId } from '../../audit/rule-book.ts';
import { type AccountCells, currentValue } from '../account-cells.ts';
import { type Cell, type CellKind, type CellValue, isSame } from '../cells.ts';
import type { AnyEffect, Unplaced } from '../effects/effect.ts';
import { isTagCall } from '../effects/forget.ts';
import type { CallsDuring } from './calls-during.ts';
import type { LookWindow } from './older-account.ts';
import { EXISTENCE, isListComplete, isResourceShown, type ShownCells } from './shown-cells.ts';

/** A cell that was changed without a record, some time after a look that showed it. */
export interface UnexplainedChange {
  readonly cell: Cell;
  readonly readAt: Date;
}

/** By resource, and by what a session or an attachment is on. */
export type Unexplained = ReadonlyMap<string, readonly UnexplainedChange[]>;

/** An older account with the calls during its look. */
export interface Memory {
  readonly account: AccountCells;
  readonly shown: ShownCells;
  readonly readAt: Date;
  readonly window: LookWindow;
  readonly during: CallsDuring;
}

/** What a call did, and when. */
export interface DatedEffects {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly effects: readonly AnyEffect[];
  readonly unplaced: readonly Unplaced[];
  readonly evidence: { readonly eventName: string };
}

/** The account as it is, and all calls that were read. */
interface Explanation {
  readonly account: AccountCells;
  readonly shown: ShownCells;
  readonly calls: readonly DatedEffects[];
}

/**
 * The cells that an older account shows with another value than the first call after the look found, or, without such a call, than the account
 * has now. What a call may have changed whose record doesn't say what it was about is left out.
 */
export function unexplainedIn(memories: readonly Memory[], explanation: Explanation): Unexplained {
  const changes = new Map<string, UnexplainedChange[]>();
  const firstAfter = effectsByCell(explanation.calls);
  for (const memory of memories) {
    const isOpaque = opaqueAfter(memory.window.from, explanation.calls);
    const isLeftOut = (cell: Cell): boolean => memory.during.isTouched(cell) || isOpaque(cell);
    for (const [cell, value] of shownOrAbsent(memory, explanation)) {
      if (isLeftOut(cell)) continue;
      const later = valueLater(cell, firstAfter(cell.key, memory.window.to), explanation.account);
      if (later === undefined || isSame<CellKind>(cell.kind, value, later)) continue;
      for (const id of new Set([cell.id, ...usedBy(value), ...usedBy(later)])) {
        const known = changes.get(id);
        if (known === undefined) changes.set(id, [{ cell, readAt: memory.readAt }]);
        else known.push({ cell, readAt: memory.readAt });
      }
    }
  }
  return changes;
}

/** What a session or an attachment is on: one that is gone without a record is no longer found from there. */
function usedBy(value: CellValue): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('trafficMirrorSessionId' in value) return [value.networkInterfaceId];
  return 'attachmentId' in value && value.instanceId !== undefined ? [value.instanceId] : [];
}

/** What the look shows, and what is in the account now and was not there. */
function* shownOrAbsent({ account, shown }: Memory, now: Explanation): Generator<readonly [Cell, CellValue]> {
  for (const { cell, value } of shown.values()) yield [cell, value];
  for (const [key, { cell }] of now.shown) {
    // The interfaces of services come and go without records.
    if (shown.has(key) || cell.kind === 'interface') continue;
    const isThere = isResourceShown(cell, account);
    if (EXISTENCE.has(cell.kind) ? !isThere && isListComplete(cell, account) : isThere) yield [cell, null];
  }
}

/** The value that the first later call found, or else that of now; undefined if that is not known. */
function valueLater(cell: Cell, first: AnyEffect | undefined, account: AccountCells): CellValue | undefined {
  if (first !== undefined) return first.before;
  if (!isListComplete(cell, account)) return undefined;
  // The parts of a thing go with it. A terminated instance keeps none of them for long.
  if (!EXISTENCE.has(cell.kind) && !isResourceShown(cell, account)) return undefined;
  const instance = account.instances.get(cell.id);
  const isOver = instance?.state === 'terminated' || instance?.state === 'shutting-down';
  if (isOver || instance?.unknownTagKeys?.includes(cell.part)) return undefined;
  return currentValue(cell, account);
}

/** The first effect on a cell after a time. */
function effectsByCell(calls: Explanation['calls']): (key: string, after: number) => AnyEffect | undefined {
  const byKey = new Map<string, { readonly at: number; readonly effect: AnyEffect }[]>();
  for (const { at, effects } of calls) {
    for (const effect of effects) {
      const known = byKey.get(effect.cell.key);
      if (known === undefined) byKey.set(effect.cell.key, [{ at, effect }]);
      else known.push({ at, effect });
    }
  }
  return (key, after) => byKey.get(key)?.find(({ at }) => at > after)?.effect;
}

/** The kinds of cells that a call may have changed whose record names only an id that stands for nothing known. */
const LOST: Readonly<
  Record<'attachment' | 'interface' | 'acl-association' | 'table-association' | 'filter-rule', readonly CellKind[]>
> = {
  attachment: ['attachment'],
  interface: ['interface', 'groups', 'attachment', 'session', 'tag'],
  'acl-association': ['acl'],
  'table-association': ['table'],
  'filter-rule': ['filterRule'],
};

/** Tells of a cell whether a call after a time may have changed it whose record doesn't say what it changed. */
function opaqueAfter(from: number, calls: Explanation['calls']): (cell: Cell) => boolean {
  const ids = new Set<string>();
  const kinds = new Set<CellKind>();
  let all = false;
  for (const { at, unplaced, evidence } of calls) {
    if (at < from) continue;
    for (const one of unplaced) {
      if (one.lost === 'session') ids.add(one.trafficMirrorSessionId);
      else if (one.lost !== 'parameters') for (const kind of LOST[one.lost]) kinds.add(kind);
      else if (one.resourceIds.length > 0) for (const id of one.resourceIds) ids.add(id);
      else if (isTagCall(evidence.eventName)) kinds.add('tag');
      else all = true;
    }
  }
  return ({ kind, id }) => all || kinds.has(kind) || ids.has(id);
}

/** Why nothing is proven about a rule on resources around which something was changed without a record; undefined if nothing was. */
export function unexplainedAround(
  ids: ReadonlySet<string>,
  rule: BuiltInRuleId,
  { unexplained, tagValues }: { readonly unexplained: Unexplained; readonly tagValues: ReadonlyMap<string, unknown> },
): string | undefined {
  if (unexplained.size === 0) return undefined;
  for (const id of ids) {
    const change = unexplained.get(id)?.find(({ cell }) => decides(cell, rule, tagValues));
    if (change !== undefined)
      return `no record shows what changed ${change.cell.id} after ${change.readAt.toISOString().replace('.000Z', 'Z')}, when the older snapshot was taken`;
  }
  return undefined;
}

function decides({ kind, part }: Cell, rule: BuiltInRuleId, tagValues: ReadonlyMap<string, unknown>): boolean {
  if (rule === 'instance-untagged') return kind === 'tag' || kind === 'instance';
  return kind !== 'tag' || tagValues.has(part);
}
