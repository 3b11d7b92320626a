/** Replays calls on an account, with some of them left out: what would the account be without them? */

import { type Cell, type CellKind, type CellValue, type CellValues, cellOf } from './cells.ts';
import type { AnyEffect, Effect } from './effects/effect.ts';
import { type History, valueNow } from './history.ts';

/** Values of cells that differ from the account as it stands, by cell key. */
export type Overlay = ReadonlyMap<string, CellValue>;

/** A call with those of its effects that matter and that agree with the account. */
export interface ReplayedCall {
  readonly index: number;
  readonly effects: readonly AnyEffect[];
}

/** The value of a cell, with the overlay on the account. */
export function cellValue<K extends CellKind>(cell: Cell<K>, overlay: Overlay, history: History): CellValues[K] {
  const value = overlay.get(cell.key);
  return value === undefined ? valueNow(cell, history) : (value as CellValues[K]);
}

/**
 * The account after the calls, beginning with `start`, without those in `omitted`. A call that fails because another one was left
 * out (it creates what is there, or deletes or replaces what is not) does nothing, as in EC2.
 */
export function replay(
  start: Overlay,
  calls: readonly ReplayedCall[],
  omitted: ReadonlySet<number>,
  history: History,
): Overlay {
  const overlay = new Map(start);
  const missing = new Set<string>();
  for (const { index, effects } of calls) {
    const isRefusedNow = (effect: AnyEffect): boolean =>
      (effect.needs !== undefined && missing.has(effect.needs)) || isRefused(effect, overlay, history);
    if (omitted.has(index) || effects.some(isRefusedNow)) {
      for (const { makes } of effects) if (makes !== undefined) missing.add(makes);
      continue;
    }
    for (const effect of effects) {
      overlay.set(effect.cell.key, resultOf(effect, overlay, history));
      if (effect.makes !== undefined) missing.delete(effect.makes);
    }
  }
  return overlay;
}

/**
 * Things that a call only replaces: without the call that made them, it fails.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclEntry.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html
 */
const REPLACED: ReadonlySet<CellKind> = new Set(['entry', 'route']);

function isRefused(effect: AnyEffect, overlay: Overlay, history: History): boolean {
  switch (effect.operation) {
    case 'put':
      // What is replaced has to be there.
      return REPLACED.has(effect.cell.kind) && cellValue(effect.cell, overlay, history) === null;
    case 'drop':
      return false;
    case 'create':
      return (
        cellValue(effect.cell, overlay, history) !== null ||
        isNumberTaken(effect, overlay, history) ||
        lacksWhatItNames(effect.after, overlay)
      );
    case 'delete':
      return cellValue(effect.cell, overlay, history) === null || isInUse(effect.cell, overlay, history);
    case 'alter':
      return (
        cellValue(effect.cell, overlay, history) === null ||
        lacksWhatItNames(resultOf(effect, overlay, history), overlay)
      );
  }
}

/** True for a session whose target, filter or source was not made, since the call that made it was left out. */
function lacksWhatItNames(session: CellValue, overlay: Overlay): boolean {
  if (typeof session !== 'object' || session === null || !('trafficMirrorSessionId' in session)) return false;
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId } = session;
  return [
    cellOf('interface', networkInterfaceId),
    cellOf('target', trafficMirrorTargetId),
    cellOf('filter', trafficMirrorFilterId),
  ].some(({ key }) => overlay.get(key) === null);
}

/**
 * True for an interface that is attached, and for a target or filter that a session uses.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTrafficMirrorTarget.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTrafficMirrorFilter.html
 */
function isInUse({ kind, id }: Cell, overlay: Overlay, history: History): boolean {
  if (kind === 'interface') return cellValue(cellOf('attachment', id), overlay, history) !== null;
  if (kind !== 'target' && kind !== 'filter') return false;
  return [...(history.relations.sessionsUsing.get(id) ?? [])].some((sessionId) => {
    const session = cellValue(cellOf('session', sessionId), overlay, history);
    return session?.trafficMirrorTargetId === id || session?.trafficMirrorFilterId === id;
  });
}

/**
 * True for a session whose number another session on its interface has.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html
 */
function isNumberTaken({ cell, after }: AnyEffect, overlay: Overlay, history: History): boolean {
  if (cell.kind !== 'session' || typeof after !== 'object' || after === null || !('sessionNumber' in after))
    return false;
  const { networkInterfaceId, sessionNumber } = after;
  const { account, relations } = history;
  const now = (account.sessionsOn.get(networkInterfaceId) ?? []).map((session) => session.trafficMirrorSessionId);
  return [...now, ...(relations.sessionsOn.get(networkInterfaceId) ?? [])].some((id) => {
    const other = cellValue(cellOf('session', id), overlay, history);
    return other?.sessionNumber === sessionNumber && other.networkInterfaceId === networkInterfaceId;
  });
}

function resultOf<K extends CellKind>(effect: Effect<K>, overlay: Overlay, history: History): CellValue {
  const { cell, operation, after, alter, onlyIf } = effect;
  switch (operation) {
    case 'put':
    case 'create':
    case 'delete':
      return after;
    case 'drop': {
      const value = cellValue(cell, overlay, history);
      return onlyIf === undefined || value === onlyIf ? null : value;
    }
    case 'alter': {
      const value = cellValue(cell, overlay, history);
      return value === null || alter === undefined ? value : alter(value);
    }
  }
}
