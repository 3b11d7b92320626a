/** How an observation changes the history of a finding: pure, so that every ledger keeps the same history. */

import { type Finding, findingId, type Judgement, type RuleId } from '../audit/finding.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { Evidence } from '../sighting/sighting.ts';
import type { AlertStage, LedgerEntry } from './ledger.ts';
import { spansOf } from './open-spans.ts';
import { type CurrentState, currentStateOf, EMPTY, type FactState, type Timeline, withFact } from './timeline.ts';

/** What is kept of a finding, JSON through and through. Without `latest` it was only ever seen in order. */
export interface History {
  readonly timeline: Timeline;
  readonly latest?: Latest | undefined;
  /** The earliest and latest that any observation told, ISO 8601. */
  readonly firstSeen?: string | undefined;
  readonly lastSeen?: string | undefined;
  /** The newest of all that was ever told, by time. */
  readonly evidence: readonly Evidence[];
}

/** The finding's content as the newest observation told it. */
interface Latest {
  readonly at: number;
  readonly content: Omit<Finding, 'status' | 'firstSeen' | 'lastSeen' | 'evidence'>;
}

/** More evidence than this says nothing more, and a row must stay small. */
export const MAX_EVIDENCE = 50;

export const NO_HISTORY: History = { timeline: EMPTY, evidence: [] };

const STATE_OF: Readonly<Record<Finding['status'], FactState>> = { open: 'open', muted: 'muted', resolved: 'resolved' };

/**
 * The history with one more sighting of the finding, told of the time `at`. Content is the newest one's, evidence is gathered from
 * all, `firstSeen` is the earliest. Folding the same again changes nothing, and the order of folding makes no difference (within
 * the bounds of `MAX_FACTS`).
 */
export function withFinding(history: History, finding: Finding, at: Date): History {
  const { status, firstSeen, lastSeen, evidence, ...content } = finding;
  const told = { at: at.getTime(), content };
  return {
    timeline: withFact(history.timeline, { at: told.at, state: STATE_OF[status] }),
    latest: isNewer(told, history.latest) ? told : (history.latest ?? told),
    firstSeen: history.firstSeen === undefined || firstSeen < history.firstSeen ? firstSeen : history.firstSeen,
    lastSeen: history.lastSeen === undefined || lastSeen > history.lastSeen ? lastSeen : history.lastSeen,
    evidence: gathered(history.evidence, evidence),
  };
}

/** The history after a resource was judged: in order or gone resolves, `unknown` changes nothing. */
export function withJudgement(history: History, judgement: Judgement, at: Date): History {
  if (judgement.result === 'unknown') return history;
  const actor = judgement.evidence?.toSorted(byTime).at(-1)?.actor;
  const fact = { at: at.getTime(), state: 'resolved', ...(actor !== undefined && { by: actor }) } as const;
  return { ...history, timeline: withFact(history.timeline, fact) };
}

/** Of two contents told of the same moment one is taken, always the same one. */
function isNewer(told: Latest, known: Latest | undefined): boolean {
  if (known === undefined || told.at !== known.at) return known === undefined || told.at > known.at;
  return JSON.stringify(told.content) > JSON.stringify(known.content);
}

function byTime(a: Evidence, b: Evidence): number {
  if (a.eventTime !== b.eventTime) return a.eventTime < b.eventTime ? -1 : 1;
  return a.eventID < b.eventID ? -1 : Number(a.eventID > b.eventID);
}

/** The newest of both by event, oldest first. An event that was read from two files is kept as one of them has it, always the same. */
function gathered(known: readonly Evidence[], told: readonly Evidence[]): readonly Evidence[] {
  if (told.length === 0) return known;
  const byId = new Map(known.map((each) => [each.eventID, each]));
  for (const each of told) {
    const other = byId.get(each.eventID);
    if (other === undefined || JSON.stringify(each) < JSON.stringify(other)) byId.set(each.eventID, each);
  }
  return [...byId.values()].toSorted(byTime).slice(-MAX_EVIDENCE);
}

/** What a fold came to for the finding, seen from how it stood before; null when it never was a finding. */
export function changeBetween(
  before: CurrentState | null,
  now: CurrentState | null,
): 'opened' | 'reopened' | 'resolved' | 'unchanged' | null {
  if (now === null || now.generation === 0) return null;
  if (now.state !== 'resolved' && now.generation > (before?.generation ?? 0)) {
    return (before?.generation ?? 0) === 0 ? 'opened' : 'reopened';
  }
  return now.state === 'resolved' && before !== null && before.state !== 'resolved' ? 'resolved' : 'unchanged';
}

/** What is known of a finding besides its history. */
export interface FollowUp {
  readonly notified: LedgerEntry['notified'];
  readonly outcomes: LedgerEntry['outcomes'];
}

/** The entry of a history; null for what never was a finding. */
export function toEntry(history: History, followUp: FollowUp): LedgerEntry | null {
  const current = currentStateOf(history.timeline);
  const { latest, firstSeen, lastSeen, evidence } = history;
  if (current === null || latest === undefined || firstSeen === undefined || lastSeen === undefined) return null;
  const { state, generation, openedAt, resolvedAt, resolvedBy } = current;
  // A finding that was only ever told as resolved counts as opened and resolved at once.
  const opened = openedAt ?? latest.at;
  const entry: LedgerEntry = {
    finding: findingOf(latest.content, state, { firstSeen, lastSeen }, evidence),
    openedAt: new Date(opened),
    resolvedAt: state === 'resolved' ? new Date(resolvedAt ?? opened) : null,
    ...(state === 'resolved' && resolvedBy !== undefined && { resolvedBy }),
    generation: Math.max(generation, 1),
    ...followUp,
  };
  const simple =
    generation === 0 || (generation === 1 && history.timeline.facts.every((fact) => fact.state !== 'muted'));
  return simple ? entry : { ...entry, openSpans: spansOf(history.timeline) };
}

/** The finding with its fields in the order of the contract: reports are the same bytes whoever told of it. */
function findingOf(
  content: Latest['content'],
  status: Finding['status'],
  { firstSeen, lastSeen }: Pick<Finding, 'firstSeen' | 'lastSeen'>,
  evidence: readonly Evidence[],
): Finding {
  const { schema, id, rule, severity, accountId, region, resourceType, resourceId } = content;
  const { reason, detail, remediation, fix } = content;
  return {
    schema,
    id,
    rule,
    severity,
    status,
    accountId,
    region,
    resourceType,
    resourceId,
    reason,
    detail,
    firstSeen,
    lastSeen,
    evidence,
    ...(remediation !== undefined && { remediation }),
    fix,
  };
}

/** The key of an `alert` claim, taken apart; null for a key of another form. */
export function alertKey(
  key: string,
): { readonly findingId: string; readonly generation: number; readonly stage: AlertStage } | null {
  const match = /^([^:]+):(\d+):(notified|reminded-day|reminded-week|resolved)$/.exec(key);
  const [, id, generation, stage] = match ?? [];
  if (id === undefined || generation === undefined || stage === undefined) return null;
  return { findingId: id, generation: Number(generation), stage: stage as AlertStage };
}

/** The rules whose findings a step of a kind can mend. */
export const RULES_OF_STEP: Readonly<Record<Outcome['step']['kind'], readonly RuleId[]>> = {
  'create-session': ['instance-unmirrored'],
  'modify-session': ['instance-unmirrored', 'mirror-ineffective', 'mirror-rogue'],
  'delete-session': ['mirror-orphan', 'mirror-duplicate'],
  'create-target': [],
  'terminate-sensor': [],
};

/** Ids of the findings that an outcome may belong to: those on its resource, its interface or its session that its kind of step mends. */
export function findingsOfOutcome({ step, trafficMirrorSessionId }: Outcome): readonly string[] {
  const { accountId, region, resourceId, networkInterfaceId } = step;
  const session = step.trafficMirrorSessionId ?? trafficMirrorSessionId;
  const resources = new Set([resourceId, networkInterfaceId, ...(session === undefined ? [] : [session])]);
  return RULES_OF_STEP[step.kind].flatMap((rule) =>
    [...resources].map((resource) => findingId(rule, accountId, region, resource)),
  );
}
