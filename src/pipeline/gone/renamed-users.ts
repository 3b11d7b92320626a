/** Takes the open findings about IAM users along to the names that the users were given since. */

import { homeOf } from '../../audit/calls/after-hours.ts';
import { formerName } from '../../audit/calls/after-hours-words.ts';
import type { CallAudit } from '../../audit/calls/audit-calls.ts';
import type { CallContext } from '../../audit/calls/call-finding.ts';
import type { FollowedUser, Rename } from '../../audit/calls/followed-users.ts';
import { exempt } from '../../audit/exemptions.ts';
import {
  type AuditResult,
  type Finding,
  type FindingEvidence,
  findingId,
  goneJudgement,
  justAfter,
  withRoles,
} from '../../audit/finding.ts';
import { truncate } from '../../collections.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';

/**
 * The answers of an audit of calls, and besides, under the new names of renamed users, the findings that the ledger has open under the old
 * ones, which are closed. Where a call is delivered later than the rename that came after it, its finding stays under the old name.
 */
export async function withRenamedUsers(
  { renamed, findings, judgements }: Pick<CallAudit, 'findings' | 'judgements' | 'renamed'>,
  ledger: Pick<Ledger, 'entries'> | undefined,
  context: CallContext,
): Promise<AuditResult> {
  const names = renamed.flatMap((user) =>
    user.renames
      .filter(({ formerName: name }) => name !== user.name)
      .map((rename) => ({ user, rename, id: idOf(rename, rename.formerName) })),
  );
  if (ledger === undefined || names.length === 0) return { findings, judgements };
  const entries = await ledger.entries({ ids: [...new Set(names.map(({ id }) => id))] });
  const known = new Map(entries.map((entry) => [entry.finding.id, entry]));
  const found = new Map(findings.map((finding) => [finding.id, finding]));
  const answered = new Set([...findings, ...judgements].map(({ id }) => id));
  const closed = [...judgements];
  for (const { user, rename, id } of names) {
    const entry = known.get(id);
    if (entry === undefined || !isAbout(user, rename, entry)) continue;
    const { finding } = entry;
    const newId = idOf(rename, user.name);
    found.set(newId, movedFinding(finding, user, found.get(newId), context));
    const after = justAfter(finding.lastSeen);
    // Whoever has the old name now is another user, with answers of its own.
    if (answered.has(id) || finding.lastSeen > rename.eventTime.toISOString()) continue;
    const reason = `${rename.evidence.eventName} gave the user another name: the finding is now about ${user.name}`;
    closed.push(goneJudgement(finding, reason, rename.eventTime > after ? rename.eventTime : after));
  }
  return { findings: [...found.values()], judgements: closed.filter(({ id }) => !found.has(id)) };
}

/** True if what is open is about this user: it was found before the rename, and after whoever had the name before. */
function isAbout({ since }: FollowedUser, rename: Rename, { finding, openedAt }: LedgerEntry): boolean {
  const isSince = since === undefined || Date.parse(finding.lastSeen) >= since.getTime();
  return finding.status !== 'resolved' && openedAt <= rename.eventTime && isSince;
}

const REASON_LENGTH = 1000;

/** The finding under the user's new name. What is found there already counts first, unless it is over: that was about another user. */
function movedFinding(
  old: Finding,
  { name, renames }: FollowedUser,
  there: Finding | undefined,
  { exemptions, now }: CallContext,
): Finding {
  const known = there?.status === 'resolved' ? undefined : there;
  const others = withoutKnown(old, known);
  if (known !== undefined && others.length === 0) return known;
  const { exemption: _, ...detail } = old.detail;
  const renamedAt = renames.at(-1)?.evidence.eventTime ?? old.lastSeen;
  const formerNames = renames.map(formerName);
  const moved: Finding = {
    ...old,
    ...{ status: 'open', id: idOf(old, name), resourceId: name },
    ...(known === undefined
      ? {
          reason: truncate(`${old.reason}; it was ${old.resourceId} until it was renamed`, REASON_LENGTH),
          detail: { ...detail, formerNames },
          lastSeen: renamedAt,
          evidence: old.evidence.filter(({ role }) => role !== 'resolution'),
        }
      : {
          ...known,
          reason: truncate(`${known.reason}. As ${old.resourceId}: ${old.reason}`, REASON_LENGTH),
          detail: { ...known.detail, eventCount: (known.detail.eventCount ?? 0) + others.length, formerNames },
          firstSeen: old.firstSeen,
          evidence: withRoles([...known.evidence, ...others]),
        }),
  };
  return exempt(moved, { tags: [] }, exemptions, now);
}

/** The evidence of a finding that the other does not have. */
function withoutKnown(old: Finding, known: Finding | undefined): readonly FindingEvidence[] {
  const ids = new Set(known?.evidence.map(({ eventID }) => eventID));
  return old.evidence
    .filter(({ eventID, role }) => role !== 'resolution' && !ids.has(eventID))
    .map((each) => ({ ...each, role: 'context' }));
}

function idOf({ accountId, region }: Pick<Rename, 'accountId' | 'region'>, name: string): string {
  return findingId('iam-user-after-hours', accountId, homeOf(region), name);
}
