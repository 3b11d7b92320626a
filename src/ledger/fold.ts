/** How an observation changes the history of a finding. Pure, so every ledger keeps the same history. */

import { type Cause, provenCalls } from '../audit/cause.ts';
import { type Finding, type FindingEvidence, findingId, type Judgement, newestFirst } from '../audit/finding.ts';
import { storedFix } from '../audit/fixes/sessions.ts';
import { isOnCalls, rulesRepairedBy } from '../audit/rule-book.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { sessionIdOf } from '../remediation/plan.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { attributionOf, CAUSE_NOT_RECORDED } from './attribution.ts';
import { MOST_EVIDENCE_BYTES } from './bounds/bounded.ts';
import { firstThatFit } from './bounds/cut.ts';
import { mostCallsOf, withEventCount } from './bounds/event-count.ts';
import type { LedgerEntry } from './ledger.ts';
import { type Covering, covers } from './looks/covering.ts';
import { isActiveInHub, type Mail, notifiedOf, toldInOf } from './mails/noted-mails.ts';
import { spansOf } from './open-spans.ts';
import { CLOSED_BY } from './sight/closed.ts';
import { endBefore, withEarlierCallers } from './sight/earlier-callers.ts';
import { currentStateOf, EMPTY_TIMELINE, type Fact, type FindingState, type Timeline, withFact } from './timeline.ts';

/** What a ledger stores of a finding. It survives JSON. Without `latest` the resource only ever passed the check. */
export interface History {
  readonly timeline: Timeline;
  readonly latest?: Latest | undefined;
  /** The earliest and the latest that any observation reported, ISO 8601. */
  readonly firstSeen?: string | undefined;
  readonly lastSeen?: string | undefined;
  /** The evidence of all observations: the causes, then the newest. Rows of an older version have no roles. */
  readonly evidence: readonly StoredEvidence[];
  /** Of a finding about calls: the most that one observation counted. Absent for other findings. */
  readonly mostCalls?: number | undefined;
}

type StoredEvidence = Evidence & Partial<Pick<FindingEvidence, 'role'>>;

/** The finding's content in the newest observation. `at` is that observation's time in milliseconds. */
interface Latest {
  readonly at: number;
  readonly content: Omit<Finding, Seen | Attributed> & {
    /** A cause that adds nothing to the timeline, and is shown if nothing else is known. Absent in rows of an older version. */
    readonly cause?: Cause | undefined;
  };
}

/** What the history keeps of a finding beside its content: merged from all observations, or in the timeline. */
type Seen = 'status' | 'firstSeen' | 'lastSeen' | 'evidence';
type Attributed = 'cause' | 'launchedBy' | 'seenBecause';

/** Evidence kept for a finding: the newest, and no more than fits (`MOST_EVIDENCE_BYTES`). */
export const MAX_EVIDENCE = 50;

/** Outcomes kept for a finding: the newest. The same in every ledger. */
export const MAX_OUTCOMES = 50;

export const NO_HISTORY: History = { timeline: EMPTY_TIMELINE, evidence: [] };

/**
 * The history after the finding was observed at the time `at`. The newest observation determines the content, evidence is merged
 * from all of them, and `firstSeen` is the earliest. What is known of its cause is kept by generation (`attribution.ts`). Observations
 * may be repeated and arrive in any order: the result is the same (up to `MAX_FACTS`).
 */
export function withFinding(history: History, finding: Finding, at: Date): History {
  const { status, firstSeen, lastSeen, evidence } = finding;
  const tags = finding.detail.missingTags;
  const observed = { at: at.getTime(), content: contentOf(finding) };
  const attribution = attributionOf(finding);
  const { resolution, before } = endOf(finding);
  const opened = before === undefined ? history.timeline : withFact(history.timeline, { ...before, attribution });
  return {
    timeline: withFact(opened, { at: observed.at, state: status, attribution, tags, resolution }),
    latest: isNewer(observed, history.latest) ? observed : (history.latest ?? observed),
    firstSeen: history.firstSeen === undefined || firstSeen < history.firstSeen ? firstSeen : history.firstSeen,
    lastSeen: history.lastSeen === undefined || lastSeen > history.lastSeen ? lastSeen : history.lastSeen,
    evidence: mergedEvidence(history.evidence, evidence),
    ...mostCallsOf(history, finding),
  };
}

/** Of a finding about calls that another call has ended already: that call, and the moment before at which it was open. */
function endOf({ rule, status, evidence }: Finding): {
  readonly resolution?: readonly FindingEvidence[];
  readonly before?: Fact;
} {
  if (status !== 'resolved' || !isOnCalls(rule)) return {};
  const resolution = evidence.filter(({ role }) => role === 'resolution');
  const newest = evidence.find(({ role }) => role !== 'resolution');
  if (resolution.length === 0 || newest === undefined) return {};
  return { resolution, before: { at: Date.parse(newest.eventTime), state: 'open' } };
}

/** The part of a finding that its newest observation determines. */
export function contentOf(finding: Finding): Latest['content'] {
  const {
    status: _,
    firstSeen: _f,
    lastSeen: _l,
    evidence: _e,
    cause,
    launchedBy: _b,
    seenBecause: _s,
    ...content
  } = finding;
  return attributionOf(finding)?.cause === undefined ? { ...content, cause } : content;
}

/**
 * The history after the resource was judged. `pass` and `gone` resolve the finding; `unknown` changes nothing. Whoever is proven to have
 * resolved it is in evidence of the role `resolution`; evidence of another role names nobody.
 */
export function withJudgement(history: History, judgement: Judgement, at: Date): History {
  if (judgement.result === 'unknown') return history;
  const proven = judgement.evidence?.filter(({ role }) => role === 'resolution') ?? [];
  const resolution = proven.length === 0 ? undefined : proven.toSorted(newestFirst).toReversed();
  const shown = judgement.shownTags?.map(([key, time]) => [key, Date.parse(time)] as const);
  const by = judgement.closedBy && CLOSED_BY[judgement.closedBy];
  return {
    ...history,
    timeline: withFact(history.timeline, { at: at.getTime(), state: 'resolved', resolution, by, shown }),
  };
}

/** True when `observed` replaces `known`. Of two observations at the same moment, the same one always wins. */
function isNewer(observed: Latest, known: Latest | undefined): boolean {
  if (known === undefined || observed.at !== known.at) return known === undefined || observed.at > known.at;
  return JSON.stringify(observed.content) > JSON.stringify(known.content);
}

/**
 * The evidence of both lists, at most `MAX_EVIDENCE`: causes first, then the newest. Of two copies of an event the one that calls it a
 * cause is kept, else always the same one.
 */
export function mergedEvidence(
  known: readonly StoredEvidence[],
  observed: readonly StoredEvidence[],
): readonly StoredEvidence[] {
  if (observed.length === 0) return known;
  const byId = new Map(known.map((each) => [each.eventID, each]));
  for (const each of observed) {
    const other = byId.get(each.eventID);
    if (other === undefined || isPreferred(each, other)) byId.set(each.eventID, each);
  }
  const sorted = [...byId.values()].toSorted((a, b) => causesFirst(a, b) || newestFirst(a, b)).slice(0, MAX_EVIDENCE);
  return firstThatFit(sorted, MOST_EVIDENCE_BYTES);
}

function isPreferred(a: StoredEvidence, b: StoredEvidence): boolean {
  const order = causesFirst(a, b);
  return order === 0 ? JSON.stringify(a) < JSON.stringify(b) : order < 0;
}

function causesFirst(a: StoredEvidence, b: StoredEvidence): number {
  return Number(b.role === 'cause') - Number(a.role === 'cause');
}

/** How an observation changed a finding, given its state before and after. Null when it was never a finding. */
export function changeBetween(
  before: FindingState | null,
  after: FindingState | null,
): 'opened' | 'reopened' | 'resolved' | 'unchanged' | null {
  if (after === null || after.generation === 0) return null;
  if (after.state !== 'resolved' && after.generation > (before?.generation ?? 0)) {
    return (before?.generation ?? 0) === 0 ? 'opened' : 'reopened';
  }
  return after.state === 'resolved' && before !== null && before.state !== 'resolved' ? 'resolved' : 'unchanged';
}

/** What we did about a finding: the mails sent and the repairs tried. */
export interface ActionsTaken {
  readonly mails: readonly Mail[];
  readonly outcomes: LedgerEntry['outcomes'];
}

/** The newest finished complete look at each account and region, by `scopeKey`. */
export type NewestLooks = ReadonlyMap<string, Covering>;

const NO_LOOKS: NewestLooks = new Map();

/** The ledger entry of a history. Null for a resource that never had a finding. */
export function toEntry(
  history: History,
  { mails, outcomes }: ActionsTaken,
  looks: NewestLooks = NO_LOOKS,
): LedgerEntry | null {
  const current = currentStateOf(history.timeline);
  const { latest } = history;
  if (current === null || latest === undefined) return null;
  const { state, generation, resolvedAt, resolvedBy, inOrderAt } = current;
  // A finding that was only ever observed as resolved counts as opened and resolved at the same time.
  const openedAt = current.openedAt ?? latest.at;
  const last = {
    openedAt: new Date(openedAt),
    resolvedAt: state === 'resolved' ? new Date(resolvedAt ?? openedAt) : null,
    generation: Math.max(generation, 1),
  };
  const opening = current.openedAt === null ? { ...last, openedAt: null } : last;
  const toldIn = toldInOf(mails, opening);
  const entry: LedgerEntry = {
    finding: findingOf(history, latest, current, looks),
    openedAt: last.openedAt,
    resolvedAt: last.resolvedAt,
    ...(state === 'resolved' && resolvedBy !== undefined && { resolvedBy }),
    ...(inOrderAt !== undefined && { inOrderAt: new Date(inOrderAt) }),
    generation: last.generation,
    notified: notifiedOf(mails, opening),
    ...(toldIn !== undefined && { toldIn }),
    ...(isActiveInHub(mails) && { activeInHub: true as const }),
    outcomes,
  };
  const isOneSpan =
    generation === 0 || (generation === 1 && history.timeline.facts.every((fact) => fact.state !== 'muted'));
  return isOneSpan ? entry : { ...entry, openSpans: spansOf(history.timeline) };
}

/**
 * The finding with its fields in the order of the contract: reports are then the same bytes, whichever ledger they are made from.
 * The mapped type makes the compiler reject this function when a field of `Finding` is missing here. One literal: a season has tens
 * of thousands of these, and objects put together by spreading cost twice the time and memory.
 */
function findingOf(
  { timeline, firstSeen, lastSeen, evidence, mostCalls }: History,
  { at, content }: Latest,
  current: FindingState,
  looks: NewestLooks,
): { readonly [Field in Exclude<keyof Required<Finding>, 'resolution'>]: Finding[Field] } {
  const { state, attribution, resolution } = current;
  const cause = attribution?.cause ?? content.cause ?? CAUSE_NOT_RECORDED;
  return {
    schema: content.schema,
    id: content.id,
    rule: content.rule,
    severity: content.severity,
    status: state,
    accountId: content.accountId,
    region: content.region,
    resourceType: content.resourceType,
    resourceId: content.resourceId,
    reason: withEarlierCallers(content, evidence, endBefore(timeline, current)),
    cause,
    launchedBy: attribution?.launchedBy,
    owner: content.owner,
    seenBecause: attribution?.seenBecause,
    detail: withEventCount(content.detail, { evidence, mostCalls, mostKept: MAX_EVIDENCE }),
    firstSeen: firstSeen ?? new Date(at).toISOString(),
    lastSeen: lastSeenOf(content, state, lastSeen ?? new Date(at).toISOString(), looks),
    evidence: evidenceShown(evidence, cause, state === 'resolved' ? resolution : undefined),
    remediation: content.remediation,
    fix: storedFix(content),
  };
}

/** An open finding that a complete look judged and did not change was still there then. */
function lastSeenOf(
  content: Latest['content'],
  state: FindingState['state'],
  stored: string,
  looks: NewestLooks,
): string {
  if (looks.size === 0 || state === 'resolved') return stored;
  const look = looks.get(scopeKey(content));
  if (look === undefined || !covers(look, content)) return stored;
  const seen = new Date(look.at).toISOString();
  return seen > stored ? seen : stored;
}

/** The evidence, newest first, with the roles that it has for this cause and this resolution: another generation had its own. */
function evidenceShown(
  stored: readonly StoredEvidence[],
  cause: Cause,
  resolution: readonly FindingEvidence[] = [],
): readonly FindingEvidence[] {
  const causes = new Set(provenCalls(cause).map(({ eventID }) => eventID));
  const resolved = new Set(resolution.map(({ eventID }) => eventID));
  const others = stored
    .filter(({ eventID }) => !resolved.has(eventID))
    .map((each): FindingEvidence => ({ ...each, role: causes.has(each.eventID) ? 'cause' : 'context' }));
  return [...others, ...resolution].toSorted(newestFirst);
}

/** Ids of the findings that an outcome may belong to: those that its kind of step can resolve on its resource, interface or session. */
export function findingsOfOutcome({ step, trafficMirrorSessionId }: Outcome): readonly string[] {
  const { accountId, region, resourceId, networkInterfaceId } = step;
  const session = sessionIdOf(step) ?? trafficMirrorSessionId;
  const resources = new Set([resourceId, networkInterfaceId, ...(session === undefined ? [] : [session])]);
  return rulesRepairedBy(step.kind).flatMap((rule) =>
    [...resources].map((resource) => findingId(rule, accountId, region, resource)),
  );
}
