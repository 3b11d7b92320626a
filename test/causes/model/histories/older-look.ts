/** A look at the account at a random time of a history: it takes a quarter of an hour, and some of what it shows may be minutes old. */

import type { OlderAccount } from '../../../../src/causes/older/older-account.ts';
import type { Account } from '../account.ts';
import { inventoryOfLists } from '../snapshot.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

const MINUTE = 60_000;
const LONGEST_LOOK = 15 * MINUTE;
const LONGEST_DELAY = 5 * MINUTE;

/** The account as it was read from a time between the first call and the last. Each list shows a moment of its own. */
export function olderAccountOf(history: History, random: Random): OlderAccount {
  const times = history.calls.map(({ eventTime }) => Date.parse(eventTime));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const readAt = first - MINUTE + random.below((last - first) / 1000 + 60) * 1000;
  const isQuick = random.chance(0.5);
  const accountFor = (): Account => {
    const delay = random.below((LONGEST_LOOK + LONGEST_DELAY) / 1000) * 1000;
    const moment = isQuick ? readAt : readAt - LONGEST_DELAY + delay;
    const made = times.filter((time) => time <= moment).length;
    return history.accounts[made] ?? history.initial;
  };
  return { inventory: inventoryOfLists(accountFor), readAt: new Date(readAt) };
}
