/** Takes what the kernel returns: elements for the tally, and the gaps between them that are not just a comma. */

import { entriesOf, FLAG } from './json-elements.ts';
import { type GapPlace, judgeGap } from './log-damage.ts';
import { inList, markDamaged, startRecovery, type WalkState } from './walk-state.ts';

const QUOTE = 0x22;

/** Takes the elements and gaps of the kernel's last run, up to the first that is damaged: recovery starts there. */
export function takeEntries(walk: WalkState): void {
  const entries = entriesOf(walk.kernel).slice();
  walk.kernel.outCount.value = 0;
  for (let at = 0; at < entries.length && walk.recovery === undefined; at += 4) {
    const [from = 0, to = 0, index = 0, flags = 0] = entries.subarray(at, at + 4);
    if ((flags & FLAG.gap) === 0) takeElement(walk, from, to, index, flags);
    else takeGap(walk, from, to, index, { first: (flags & FLAG.nameSeen) !== 0, last: false });
  }
}

function takeElement(walk: WalkState, from: number, to: number, index: number, flags: number): void {
  const bytes = walk.data.subarray(from, to);
  const named = (flags & (FLAG.nameSeen | FLAG.odd)) === FLAG.nameSeen;
  const beside = walk.isBeside && (flags & (FLAG.nameWanted | FLAG.sourceWanted)) !== 0;
  if (walk.tally.take(bytes, index + walk.scalars, named, beside) === 'taken') return;
  walk.kernel.count.value = index;
  startRecovery(walk, 'value', from, walk.next);
}

/**
 * Takes the bytes between two elements: values that are not objects are rejected, anything else is damage. What follows damage that holds
 * a quote may be the inside of a record, so recovery starts there.
 */
export function takeGap(
  walk: WalkState,
  from: number,
  to: number,
  index: number,
  place: Pick<GapPlace, 'first' | 'last'>,
): void {
  const fileStart = walk.fileOffset + from === 0;
  const bytes = walk.data.subarray(from, to);
  const gap = judgeGap(bytes, { ...place, inList: inList(walk), fileStart });
  if ('damage' in gap) {
    markDamaged(walk, from, gap.damage);
    if (!bytes.includes(QUOTE)) return;
    walk.kernel.count.value = index;
    startRecovery(walk, 'lost', from, walk.next);
    return;
  }
  for (const value of gap.values) {
    walk.tally.reject(
      index + walk.scalars,
      `${value === null ? 'null' : `a ${typeof value}`} where a record was expected`,
    );
    walk.scalars += 1;
  }
}
