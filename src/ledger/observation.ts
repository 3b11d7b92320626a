/** The times of an observation, and the changes of two observations of one run. */

import type { Finding, Judgement } from '../audit/finding.ts';
import type { Changes } from './ledger.ts';

/**
 * The date of each finding and judgement, by finding id. Results from records are dated by the newest record, so a redelivery
 * changes nothing. Results from a live account, and of a repair (the status is not the one found), are dated `now`.
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

/** The date of a finding as it was before its repair: its newest record, but always before `now`, the time of the repair. */
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
