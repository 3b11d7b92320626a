/** The times of an observation, and the changes of two observations of one run. */

import { type Finding, type Judgement, justAfter } from '../audit/finding.ts';
import type { Changes, LedgerEntry } from './ledger.ts';

/** How far apart the clocks of two containers are believed to be. What the ledger dates later than this is no answer of theirs. */
const MOST_SKEW_MS = 60_000;

/**
 * The date of each finding and judgement, by finding id: the look at the account or the newest record that decides it. A finding whose
 * status a repair changed is dated when the repair's answer came; one that is as it was `found` although a repair was tried, just after
 * that look, so that it replaces what was recorded before the repair. `now` dates what has no time.
 *
 * `known` has the ledger's entries as they were read before the repair. Its answer comes after everything in them, also where another
 * container, whose clock is ahead, saw the finding open at a time that is still to come here: otherwise that look would reopen it.
 */
export function observationTimes(
  found: readonly Finding[],
  { findings, judgements }: { readonly findings: readonly Finding[]; readonly judgements: readonly Judgement[] },
  now: Date,
  known: ReadonlyMap<string, LedgerEntry> = new Map(),
): ReadonlyMap<string, Date> {
  const foundStatus = new Map(found.map(({ id, status }) => [id, status]));
  return new Map([
    ...judgements.map(({ id, seenAt }) => [id, seenAt === undefined ? now : new Date(seenAt)] as const),
    ...findings.map((finding) => {
      const isChanged = (foundStatus.get(finding.id) ?? finding.status) !== finding.status;
      const seen = isTried(finding) ? justAfter(finding.lastSeen) : new Date(finding.lastSeen);
      return [finding.id, isChanged ? timeOfRepair(finding, now, known.get(finding.id)) : seen] as const;
    }),
  ]);
}

function isTried({ remediation }: Finding): boolean {
  return remediation?.answeredAt !== undefined;
}

function timeOfRepair({ remediation, lastSeen }: Finding, now: Date, known: LedgerEntry | undefined): Date {
  const answeredAt = remediation?.answeredAt === undefined ? now : new Date(remediation.answeredAt);
  const seenElsewhere = new Date(known?.finding.lastSeen ?? lastSeen);
  const isSkew = seenElsewhere.getTime() - answeredAt.getTime() <= MOST_SKEW_MS;
  const earliest = [justAfter(lastSeen), ...(isSkew ? [justAfter(seenElsewhere.toISOString())] : [])];
  return new Date(Math.max(answeredAt.getTime(), ...earliest.map((date) => date.getTime())));
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
