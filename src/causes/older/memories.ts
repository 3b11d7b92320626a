/** Brings older accounts into a history while it is read: each is recalled once the calls during its look are over. */

import type { Sighting } from '../../sighting/sighting.ts';
import { type AccountCells, accountCells } from '../account-cells.ts';
import type { Effects, Knowledge } from '../effects/effect.ts';
import { callsDuring } from './calls-during.ts';
import { type OlderAccount, windowOf } from './older-account.ts';
import { recall } from './recall.ts';
import { shownCells } from './shown-cells.ts';
import { type DatedEffects, type Memory, type Unexplained, unexplainedIn } from './unexplained.ts';

/** The older accounts of a history. */
export interface Memories {
  readonly accounts: readonly AccountCells[];
  /** To be called before each call is read: recalls the accounts whose looks are over by then. */
  recallBefore(time: Date, knowledge: Knowledge): void;
  /** To be called after it, with what it did. */
  add(sighting: Pick<Sighting, 'eventTime' | 'evidence'>, done: readonly Effects[]): void;
  /** What was changed without a record, by what all calls did. */
  unexplainedBy(calls: readonly DatedEffects[]): Unexplained;
}

interface MemoriesInput {
  readonly older: readonly OlderAccount[];
  readonly account: AccountCells;
  readonly tagKeys: readonly string[];
  readonly ordered: readonly Pick<Sighting, 'changes'>[];
}

/** Without the account as it is, what older ones show has nothing to be taken back from, so they are left out. */
export function memoriesOf({ older, account, tagKeys, ordered }: MemoriesInput): Memories {
  const isRead = account.inventory.instances !== undefined;
  const memories = isRead ? older.map((one) => memoryOf(one, tagKeys)).toSorted(byTime) : [];
  const deletedLater = memories.length === 0 ? new Set<string>() : deletedInterfaces(ordered);
  let recalled = 0;
  return {
    accounts: memories.map((memory) => memory.account),
    recallBefore(time, knowledge) {
      for (const { account: shownBy, shown, window, during } of memories.slice(recalled)) {
        if (window.to >= time.getTime()) return;
        recall({ account: shownBy, shown, isTouched: during.isTouched, deletedLater }, knowledge);
        recalled += 1;
      }
    },
    add({ eventTime, evidence }, done) {
      const at = eventTime.getTime();
      for (const { window, during } of memories)
        if (window.from <= at && at <= window.to) during.add(evidence.eventName, done);
    },
    unexplainedBy: (calls) =>
      memories.length === 0
        ? new Map()
        : unexplainedIn(memories, { account, shown: shownCells(account, tagKeys), calls }),
  };
}

function memoryOf(older: OlderAccount, tagKeys: readonly string[]): Memory {
  const account = accountCells(older.inventory);
  return {
    ...{ account, shown: shownCells(account, tagKeys), readAt: older.readAt },
    ...{ window: windowOf(older), during: callsDuring(account) },
  };
}

function byTime({ readAt: one }: Memory, { readAt: other }: Memory): number {
  return one.getTime() - other.getTime();
}

function deletedInterfaces(ordered: MemoriesInput['ordered']): ReadonlySet<string> {
  const deleted = new Set<string>();
  for (const sighting of ordered)
    for (const change of sighting.changes ?? [])
      if (change.kind === 'interface-deleted') deleted.add(change.networkInterfaceId);
  return deleted;
}
