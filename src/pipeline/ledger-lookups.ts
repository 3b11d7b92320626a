/** What a run asks the ledger: which findings a mail may be about, and which open ones a sweep no longer met. */

import { closedJudgement, type Finding, goneJudgement, type Judgement, type RuleId } from '../audit/finding.ts';
import { ruleOf } from '../audit/rule-book.ts';
import type { TagPolicy } from '../audit/tag-policy.ts';
import type { TrailPolicy } from '../config.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Changes, Ledger, LedgerEntry, Sight } from '../ledger/ledger.ts';
import { isUnconfirmed } from '../ledger/sight/last-seen.ts';
import { healthPolicyOf } from '../mirror/policy.ts';
import type { Assessment } from './assess.ts';
import { GONE, proofBy } from './gone/proof.ts';

/** What a mail may be about. */
interface MailScope {
  readonly complete: boolean;
  /** The accounts and regions that were to be swept. */
  readonly scopes: readonly Scope[];
  readonly findings: readonly Finding[];
  readonly changes: Changes;
  /** Ids of findings that no re-check could judge. @default none */
  readonly unchecked?: ReadonlySet<string> | undefined;
  readonly now: Date;
}

/**
 * The entries that a mail may be about: those judged now or given up, and after a sweep everything that is open or still to be told in its accounts and
 * regions, or by rules that judge none. What the sweep has read and not changed is not read again: whoever mails reads what is due.
 *
 * What is open there and the sweep could not see waits for an attempt that can: it may be over. It waits until it was last seen an hour ago.
 */
export async function entriesToMail(
  { complete, scopes, findings, changes, unchecked = new Set(), now }: MailScope,
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly LedgerEntry[]> {
  const { opened, reopened, resolved, unchanged } = changes;
  const changed = new Set([...opened, ...reopened, ...resolved, ...(complete ? unchanged : [])]);
  const ids = complete ? changed : new Set([...findings.map(({ id }) => id), ...changed, ...unchecked]);
  const read = ids.size === 0 ? [] : await ledger.entries({ ids: [...ids] });
  if (!complete) return read;
  const seen = new Set(findings.map(({ id }) => id));
  const others = (await entriesInSight(scopes, ledger)).filter(
    ({ finding }) => !ids.has(finding.id) && (seen.has(finding.id) || !mayBeOver(finding, now)),
  );
  return [...read, ...others];
}

/** True for an open finding that a sweep confirms or resolves and this one did neither, unless it has waited for that long enough. */
function mayBeOver(finding: Finding, now: Date): boolean {
  return finding.status === 'open' && ruleOf(finding.rule)?.settledBySweep === true && !isUnconfirmed(finding, now);
}

async function entriesInSight(
  scopes: readonly Scope[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<readonly LedgerEntry[]> {
  const sights: readonly Sight[] = [...scopes, 'other-rules'];
  return (await Promise.all(sights.map((inSight) => ledger.entries({ inSight })))).flat();
}

/**
 * Judgements for open findings of the swept accounts whose resource the sweep no longer met. `settled` are the run's findings after
 * repairs. A list that could not be read completely proves nothing about the resources that would be in it. Findings by rules that the
 * configuration no longer judges are closed, whatever was read.
 */
export async function goneSince(
  { scopes, findings, judgements }: Assessment,
  settled: readonly Finding[],
  ledger: Pick<Ledger, 'entries'>,
  tags: TagPolicy,
): Promise<readonly Judgement[]> {
  const met = new Set([...findings, ...settled, ...judgements].map(({ id }) => id));
  const gone: Judgement[] = [];
  for (const { scope, inventory, audited, readAt } of scopes) {
    const proof = proofBy(inventory, readAt);
    const isJudged = {
      tags: tags.requiredTags.length > 0,
      mirroring: audited.account !== null,
      groups: audited.judgesGroups === true,
      health: audited.account !== null && healthPolicyOf(audited.account.policy).read,
    };
    for (const { finding } of await ledger.entries({ inSight: scope })) {
      if (finding.status === 'resolved' || met.has(finding.id) || ruleOf(finding.rule)?.settledBySweep !== true)
        continue;
      const reason = proof(finding);
      if (reason !== GONE && !isJudged[setBy(finding.rule)]) gone.push(closedJudgement(finding, readAt));
      else if (reason !== undefined) gone.push(goneJudgement(finding, reason, readAt));
    }
  }
  return gone;
}

/** The part of the configuration that turns a rule of sweeps on and off. */
function setBy(rule: RuleId): 'tags' | 'mirroring' | 'groups' | 'health' {
  const judges = ruleOf(rule)?.judges;
  if (judges === 'security-group') return 'groups';
  if (judges === 'traffic') return 'health';
  return judges === 'instance' ? 'tags' : 'mirroring';
}

/** How long logs must be read without another refusal before the finding about the last one is resolved. */
const QUIET_MS = 86_400_000;

/**
 * Judgements for findings about refused deliveries and foreign accounts that have stopped: the configuration trusts the source now, or
 * logs were read for a day after its last delivery without another one. Logs that nobody reads prove nothing.
 */
export async function stoppedDeliveries(
  ledger: Pick<Ledger, 'entries' | 'runs'>,
  trail: TrailPolicy,
  now: Date,
): Promise<readonly Judgement[]> {
  const others = await ledger.entries({ inSight: 'other-rules' });
  const open = others.filter(({ finding }) => finding.rule === 'log-integrity' && finding.status !== 'resolved');
  // Findings of `verify` say what they found about the object; only another verification resolves them.
  const ofDeliveries = open.filter(({ finding }) => finding.detail.integrity === undefined);
  const trusted = ofDeliveries.filter(({ finding }) => isTrusted(finding, trail));
  const quiet = ofDeliveries.filter((entry) => !trusted.includes(entry) && lastOf(entry) + QUIET_MS <= now.getTime());
  const readAt = quiet.length === 0 ? 0 : await lastReadAt(ledger, now);
  const stopped = quiet.filter((entry) => lastOf(entry) + QUIET_MS <= readAt);
  return [
    ...trusted.map(({ finding }) => goneJudgement(finding, 'the configuration trusts its source now', now)),
    ...stopped.map((entry) => {
      const since = new Date(lastOf(entry)).toISOString();
      return goneJudgement(entry.finding, `logs were read for a day after ${since} without another one`, now);
    }),
  ];
}

/** The time of the newest delivery that the entry is about. */
function lastOf({ finding, openedAt }: LedgerEntry): number {
  return Math.max(openedAt.getTime(), Date.parse(finding.lastSeen));
}

/** The time of the newest run of the last day that read logs; 0 if there is none. */
async function lastReadAt(ledger: Pick<Ledger, 'runs'>, now: Date): Promise<number> {
  const period = { since: new Date(now.getTime() - QUIET_MS), until: new Date(now.getTime() + 1) };
  const runs = await ledger.runs(period);
  return Math.max(
    0,
    ...runs.filter(({ inputs }) => inputs.some(({ skipped }) => skipped === undefined)).map(({ at }) => at.getTime()),
  );
}

/** True if what was refused would not be refused by this configuration. An empty list allows all. */
function isTrusted({ resourceType, resourceId, detail }: Finding, trail: TrailPolicy): boolean {
  const { accounts, topics, buckets } = trail;
  const isListed = (list: readonly string[], name: string): boolean => list.length === 0 || list.includes(name);
  if (resourceType === 'AWS::Account') return isListed(accounts, resourceId);
  const { refused, source } = detail;
  if (typeof refused === 'string' && typeof source === 'string') {
    if (refused === 'topic') return isListed(topics, source);
    return refused === 'bucket' && isListed(buckets, source.replace(/^s3:\/\//, ''));
  }
  // Findings of older versions name one object each.
  const [, bucket] = /^s3:\/\/([^/]+)\//.exec(resourceId) ?? [];
  return bucket === undefined ? isListed(topics, resourceId) : isListed(buckets, bucket);
}
