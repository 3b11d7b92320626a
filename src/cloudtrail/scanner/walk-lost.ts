/** Looks for the next record past a damaged value, without mistaking an object inside that value for one. */

import { MOST_RECORD_BYTES } from '../record.ts';
import { LONGEST_OPENING_BYTES } from './log-damage.ts';
import { followRun, judgeLine, nextOpening, type Opening, openedLists, type RunOfObjects } from './next-record.ts';
import { inList, type Recovery, resumeBetweenValues, type WalkState } from './walk-state.ts';

/** Looks for the next record. False when that needs more bytes. */
export function findRecord(walk: WalkState, recovery: Recovery): boolean {
  const { data, firstKey, ended } = walk;
  const found = nextOpening(data, recovery.at, { firstKey, isInList: inList(walk), ended });
  if (found === undefined) {
    passUntil(walk, recovery, ended ? data.length : Math.max(recovery.at, data.length - LONGEST_OPENING_BYTES));
    if (ended) {
      walk.recovery = undefined;
      resumeBetweenValues(walk, data.length, true);
    }
    return ended;
  }
  passUntil(walk, recovery, found.at);
  const run = judge(walk, recovery, found);
  walk.tries += 1;
  walk.looked += run.reached - found.at;
  if (run.kind === 'cut') return false;
  if (isRecord(walk, recovery, found, run)) resumeAt(walk, recovery, found);
  else if (run.kind !== 'records') passUntil(walk, recovery, run.at);
  return true;
}

/** Passes bytes in which no record begins. */
function passUntil(walk: WalkState, recovery: Recovery, to: number): void {
  recovery.openLists += openedLists(walk.data, recovery.at, to);
  walk.looked += to - recovery.at;
  recovery.at = to;
}

function judge(walk: WalkState, { from }: Recovery, opening: Opening): RunOfObjects {
  const { at, kind } = opening;
  const { data, ended, container } = walk;
  // The damaged value ends before this, and with it the objects inside.
  const limit = from + MOST_RECORD_BYTES;
  if (kind !== 'element') return judgeLine(data, opening, at + MOST_RECORD_BYTES, ended);
  return followRun(data, at, { limit, inContainer: inList(walk) ? container !== undefined : 'unknown', ended });
}

/** Where the objects themselves do not tell, they are records if every list in the damaged value was closed before them. */
function isRecord(walk: WalkState, { openLists }: Recovery, { kind }: Opening, run: RunOfObjects): boolean {
  if (run.kind === 'records') return true;
  return run.kind === 'undecided' && kind === 'element' && inList(walk) && openLists <= 0;
}

function resumeAt(walk: WalkState, recovery: Recovery, { at, kind }: Opening): void {
  const { kernel } = walk;
  if (kind !== 'element') walk.container = undefined;
  kernel.inArray.value = kind === 'element' ? 1 : 0;
  resumeBetweenValues(walk, at, true);
  recovery.place = 'value';
  recovery.at = at;
}
