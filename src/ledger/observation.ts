/** The times of an observation, and the changes of two observations of one run. */

import type { Finding, Judgement } from '../audit/finding.ts';
import type { Changes } from './ledger.ts';

/**
 * The time that each finding and judgement holds for, by finding id. Results that rest on records hold for the newest record, so
 * that a redelivery changes nothing. Results of a live look, and of a repair (a status that is not the one found), hold for `now`.
 */
export function observationTimes(
  found: readonly Finding[],
  { findings, judgements }: { readonly findings: readonly Finding[]; readonly judgements: readonly Judgement[] },
  now: Date,
): ReadonlyMap<string, Date> {
  const foundStatus = new Map(found.map(({ id, status }) => [id, status]));
  return new Map([
    ...judgements.map(({ id, seenAt }) => [id, seenAt === undefined ? now : new Date(seenAt)] as const),
    ...findings.map(({ id, status, evidence, lastSeen }) => {
      const restsOnRecords = evidence.length > 0 && foundStatus.get(id) === status;
      return [id, restsOnRecords ? new Date(lastSeen) : now] as const;
    }),
  ]);
}

/** The time a finding holds for before its repair: its newest record, but always before `now`, the time of the repair. */
export function timeBeforeRepair({ evidence, lastSeen }: Finding, now: Date): Date {
  const latest = now.getTime() - 1;
  return new Date(evidence.length > 0 ? Math.min(Date.parse(lastSeen), latest) : latest);
}

/** The changes of two observations of one run: a finding that was opened and then resolved is in both lists. */
export function mergedChanges(before: Changes, after: Changes): Changes {
  const openedBefore = new Set([...before.opened, ...before.reopened]);
  return {
    opened: [...before.opened, ...after.opened],
    reopened: [...before.reopened, ...after.reopened],
    resolved: after.resolved,
    unchanged: after.unchanged.filter((id) => !openedBefore.has(id)),
  };
}
