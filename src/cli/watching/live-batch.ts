/** What became of a batch, for the live view. */

import { byUrgency, type Finding, type Severity } from '../../audit/finding.ts';
import type { Acted } from '../../pipeline/act.ts';
import type { Delivered } from '../../pipeline/deliver.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { LiveBatch } from '../../report/live/events.ts';
import { MOST_KEPT } from '../../report/live/state.ts';
import { shortId } from '../../report/terminal/terminal-text.ts';
import { failedTexts, rejectedIn } from './words.ts';

type BatchAction = LiveBatch['actions'][number];

/** How many actions of a kind one batch shows. */
const MOST_OF_A_KIND = 8;

/** The batch of so many messages. Its lists are as short as what is shown. */
export function liveBatch(delivered: Delivered, messages: number): LiveBatch {
  const { collected, acted, swept, released, failed } = delivered;
  const all = [acted, ...swept.map((one) => one.acted)];
  const outcomes = all.flatMap((one) => one.outcomes);
  const opened = all.flatMap(openedBy);
  const resolved = all.flatMap(resolvedBy);
  const subjects = [...all.map(({ sent }) => sent), released].flatMap((sent) => sent?.message?.subject ?? []);
  const rejected = rejectedIn(delivered);
  return {
    messages,
    retried: failed.length,
    files: collected.input.files,
    records: collected.input.records,
    sessions: outcomes.filter(({ result, step }) => result === 'done' && step.kind === 'create-session').length,
    failedRepairs: outcomes.filter(({ result }) => result === 'failed').length,
    mails: subjects.length,
    resolved: resolved.length,
    rejected: rejected.length,
    opened: bySeverity(opened.map(({ finding }) => finding)),
    newestRecord: newestOf(collected.sightings.map(({ eventTime }) => eventTime)),
    actions: [
      ...opened
        .toSorted((a, b) => byUrgency(a.finding, b.finding))
        .slice(0, MOST_OF_A_KIND)
        .map(({ what, finding }) => ({ what, severity: finding.severity, text: findingText(finding) }))
        .toReversed(),
      ...resolved.slice(0, MOST_OF_A_KIND),
      ...outcomes.flatMap(repairActions).slice(-MOST_OF_A_KIND),
      ...subjects.map((text) => ({ what: 'mailed', text }) as const),
    ],
    failures: [...rejected.map(({ path, reason }) => `${path}: ${reason}`), ...failedTexts(delivered)].slice(
      -MOST_KEPT,
    ),
  };
}

interface Opened {
  readonly what: 'opened' | 'reopened' | 'found';
  readonly finding: Finding;
}

/** What the ledger had not open before; without a ledger, everything that was found. */
function openedBy({ findings, changes }: Acted): readonly Opened[] {
  const open = findings.filter(({ status }) => status === 'open');
  if (changes === undefined) return open.map((finding) => ({ what: 'found', finding }));
  const [opened, reopened] = [new Set(changes.opened), new Set(changes.reopened)];
  return open.flatMap((finding): readonly Opened[] => {
    if (reopened.has(finding.id)) return [{ what: 'reopened', finding }];
    return opened.has(finding.id) ? [{ what: 'opened', finding }] : [];
  });
}

function resolvedBy({ findings, judgements, changes }: Acted): readonly BatchAction[] {
  const about = new Map([...judgements, ...findings].map((one) => [one.id, one]));
  return (changes?.resolved ?? []).map((id) => {
    const one = about.get(id);
    return { what: 'resolved', text: one === undefined ? id : findingText(one) };
  });
}

function findingText({ rule, resourceId, accountId, region, reason }: FindingFacts): string {
  const name = shortId(resourceId);
  const about = reason.includes(resourceId) ? reason.replaceAll(resourceId, name) : `${name}: ${reason}`;
  return `${rule}: ${about} (${accountId} ${region})`;
}

type FindingFacts = Pick<Finding, 'rule' | 'resourceId' | 'accountId' | 'region' | 'reason'>;

/** What a repair did, or why it failed. Repairs that were not needed are left out. */
function repairActions({ step, result, reason, trafficMirrorTargetId }: Outcome): readonly BatchAction[] {
  const what = `${step.kind} ${shortId(step.resourceId)}`;
  switch (result) {
    case 'done':
      return [{ what: 'done', text: `${what} (target ${trafficMirrorTargetId ?? step.trafficMirrorTargetId})` }];
    case 'failed':
      return [{ what: 'failed', text: `${what}: ${reason}` }];
    case 'not-needed':
    case 'exempt':
      return [];
  }
}

function bySeverity(findings: readonly Finding[]): Readonly<Partial<Record<Severity, number>>> {
  const counts: Partial<Record<Severity, number>> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

function newestOf(times: readonly Date[]): Date | undefined {
  return times.reduce<Date | undefined>(
    (newest, time) => (newest === undefined || time > newest ? time : newest),
    undefined,
  );
}
