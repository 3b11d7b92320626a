/** Re-checks: findings that are held back, and resources that could not be judged, are checked again by a message to ourselves. */

import type { Finding, Judgement } from '../audit/finding.ts';
import { groupBy } from '../collections.ts';

import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { Claim, Ledger } from '../ledger/ledger.ts';

import { MOST_ATTEMPTS } from './holds/given-up.ts';
import { leaseToSend } from './holds/lease-to-send.ts';
import { recheckMessage } from './own-messages.ts';
import type { RequestedResources } from './scope-requests.ts';

/** A message to be sent, and how long to delay it. */
export interface Recheck {
  readonly body: string;
  readonly delaySeconds: number;
  /** What was claimed for it, until it has been sent (`leaseToSend`). Absent for a message that arrived early and is only sent on. */
  readonly claimed?: { readonly claims: readonly Claim[]; readonly owner: string } | undefined;
}

/** What a run that asks for re-checks works with. Without a ledger, nothing keeps other runs from asking for the same. */
export interface RecheckContext {
  readonly ledger: Pick<Ledger, 'claim'> | undefined;
  readonly now: Date;
  /** Identifies the run. */
  readonly owner: string;
}

/** What to check again, and when. */
interface Due {
  readonly findingId: string;
  readonly resources: RequestedResources;
  readonly at: number;
  readonly attempt: number;
}

/** Findings in one message: far below SQS's limit on a message's size. */
const PER_MESSAGE = 200;
/** Findings that are due within this time share a message, which waits for the last of them. */
const TOGETHER_MS = 60_000;
/** A re-check is never sooner, so that runs do not chase each other. */
const SHORTEST_DELAY_MS = 5_000;
/** How long to wait before what could not be judged is checked again: then twice as long each time. */
const FIRST_PAUSE_MS = 60_000;
/** A process that lives makes a re-check within a minute of its time. So long after it, the re-check was lost. */
const LOST_AFTER_MS = 2 * 60_000;
/** A re-check that was lost and judges nothing again is asked for again after this time. */
const LOST_LEASE_SECONDS = 900;

/**
 * The re-checks that a run asks for: of open findings when they are no longer held back, and of what a re-check `asked` for and could not
 * judge after 1, 2, 4 and 8 minutes. What another run has asked for at the same time is left out.
 */
export async function rechecksOf(
  { findings, judgements }: { readonly findings: readonly Finding[]; readonly judgements: readonly Judgement[] },
  asked: readonly RequestedResources[],
  context: RecheckContext,
): Promise<readonly Recheck[]> {
  return allClaimed([...heldBack(findings, context.now), ...notJudged(judgements, asked, context.now)], context);
}

/** The re-checks of these findings at that time, except what another run has asked for at the same time. */
export function rechecksAt(
  at: Date,
  findings: readonly Finding[],
  context: RecheckContext,
): Promise<readonly Recheck[]> {
  const due = findings.map(
    (finding): Due => ({ findingId: finding.id, resources: resourcesOf(finding), at: at.getTime(), attempt: 0 }),
  );
  return allClaimed(due, context);
}

async function allClaimed(due: readonly Due[], context: RecheckContext): Promise<readonly Recheck[]> {
  const rechecks: Recheck[] = [];
  for (const together of groupsOf(due)) {
    const recheck = await claimed(together, context);
    if (recheck !== undefined) rechecks.push(recheck);
  }
  return rechecks;
}

/** A re-check that arrived early, as SQS delays no message for longer than 15 minutes. It is sent on as it is. */
export function sentOn(resources: RequestedResources & { readonly notBefore: Date }, now: Date): Recheck {
  const delaySeconds = Math.ceil((resources.notBefore.getTime() - now.getTime()) / 1000);
  return { body: recheckMessage(resources), delaySeconds };
}

function heldBack(findings: readonly Finding[], now: Date): readonly Due[] {
  const earliest = now.getTime() + SHORTEST_DELAY_MS;
  return findings.flatMap((finding) => {
    const until = Date.parse(finding.detail.pendingUntil ?? '');
    if (finding.status !== 'open' || !(until > now.getTime())) return [];
    return [{ findingId: finding.id, resources: resourcesOf(finding), at: Math.max(until, earliest), attempt: 0 }];
  });
}

function resourcesOf({ accountId, region, resourceType, resourceId, detail }: Finding): RequestedResources {
  if (resourceType === 'AWS::EC2::Instance')
    return { accountId, region, instanceIds: [resourceId], networkInterfaceIds: [] };
  const networkInterfaceIds = (detail.interfaces ?? []).map((each) => each.networkInterfaceId);
  return { accountId, region, instanceIds: [], networkInterfaceIds, resourceIds: [resourceId] };
}

/** What re-checks asked for and could not judge. */
function notJudged(judgements: readonly Judgement[], asked: readonly RequestedResources[], now: Date): readonly Due[] {
  const unknown = judgements.filter(({ result }) => result === 'unknown');
  return asked.flatMap((resources) => {
    const { attempt } = resources;
    if (attempt === undefined || attempt >= MOST_ATTEMPTS) return [];
    const { instanceIds, networkInterfaceIds, resourceIds = [] } = resources;
    const named = new Set([...instanceIds, ...networkInterfaceIds, ...resourceIds]);
    const at = now.getTime() + FIRST_PAUSE_MS * 2 ** attempt;
    return unknown
      .filter((judgement) => scopeKey(judgement) === scopeKey(resources) && named.has(judgement.resourceId))
      .map(({ id }) => ({ findingId: id, resources, at, attempt: attempt + 1 }));
  });
}

/** What is due in one account and region at about the same time, in portions for one message each. */
function groupsOf(due: readonly Due[]): readonly (readonly Due[])[] {
  const ofScopes = groupBy(due, ({ resources, attempt }) => `${scopeKey(resources)} ${attempt}`);
  return [...ofScopes.values()].flatMap((ofScope) => {
    const groups: Due[][] = [];
    for (const each of ofScope.toSorted((a, b) => a.at - b.at)) {
      const last = groups.at(-1);
      const [first] = last ?? [];
      if (last === undefined || first === undefined || each.at - first.at > TOGETHER_MS || last.length >= PER_MESSAGE)
        groups.push([each]);
      else last.push(each);
    }
    return groups;
  });
}

/** The message for those that no other run has asked for. Undefined if there is none. */
async function claimed(group: readonly Due[], { ledger, now, owner }: RecheckContext): Promise<Recheck | undefined> {
  const at = Math.max(...group.map((each) => each.at));
  const delaySeconds = Math.ceil((at - now.getTime()) / 1000);
  const claims = [...new Set(group.map(keyOf))].map((key): Claim => ({ kind: 'recheck', key }));
  const taken = await ledger?.claim(claims, { now, leaseSeconds: leaseToSend(delaySeconds), owner });
  const keys = new Set((taken ?? claims).map(({ key }) => key));
  const own = group.filter((each) => keys.has(keyOf(each)));
  const [first] = own;
  if (first === undefined) return undefined;
  const body = recheckMessage({
    ...joined(own.map(({ resources }) => resources)),
    notBefore: new Date(at),
    attempt: first.attempt,
  });
  return { body, delaySeconds, ...(taken !== undefined && { claimed: { claims: taken, owner } }) };
}

/** The finding and the minute: until when a finding is held back is a fact, but two runs that hold it back first may differ by seconds. */
function keyOf({ findingId, at }: Due): string {
  return `${findingId}:${Math.ceil(at / TOGETHER_MS)}`;
}

function joined(resources: readonly RequestedResources[]): RequestedResources {
  const [first] = resources;
  const idsOf = (list: 'instanceIds' | 'networkInterfaceIds' | 'resourceIds'): readonly string[] => [
    ...new Set(resources.flatMap((each) => each[list] ?? [])),
  ];
  const resourceIds = idsOf('resourceIds');
  return {
    accountId: first?.accountId ?? '',
    region: first?.region ?? '',
    instanceIds: idsOf('instanceIds'),
    networkInterfaceIds: idsOf('networkInterfaceIds'),
    ...(resourceIds.length > 0 && { resourceIds }),
  };
}

/**
 * The re-checks that the ledger's open findings in these accounts and regions need, now or later: for a process that was not running, and
 * has lost its own. Reads what is in sight there.
 */
export async function pendingRechecks(
  ledger: Pick<Ledger, 'entries'>,
  scopes: readonly Scope[],
  now: Date,
): Promise<readonly Recheck[]> {
  return withoutClaims(await heldBackInSight(ledger, scopes), now);
}

/**
 * The re-checks that are long overdue: the process that was to make them has died. Each is taken by one of the processes that ask for them.
 * Reads what is in sight in these accounts and regions.
 */
export async function lostRechecks(
  scopes: readonly Scope[],
  { ledger, now, owner }: RecheckContext & { readonly ledger: Pick<Ledger, 'entries' | 'claim'> },
): Promise<readonly Recheck[]> {
  const lost = (await heldBackInSight(ledger, scopes)).filter(({ at }) => at + LOST_AFTER_MS <= now.getTime());
  if (lost.length === 0) return [];
  const claims = [...new Set(lost.map(keyOf))].map((key): Claim => ({ kind: 'recheck', key }));
  const taken = await ledger.claim(claims, { now, leaseSeconds: LOST_LEASE_SECONDS, owner });
  const keys = new Set(taken.map(({ key }) => key));
  return withoutClaims(
    lost.filter((each) => keys.has(keyOf(each))),
    now,
  );
}

/** The open findings that are or were held back and of which nobody has heard. */
async function heldBackInSight(ledger: Pick<Ledger, 'entries'>, scopes: readonly Scope[]): Promise<readonly Due[]> {
  const inSight = await Promise.all(scopes.map((scope) => ledger.entries({ inSight: scope })));
  return inSight.flat().flatMap(({ finding, notified }): readonly Due[] => {
    const at = Date.parse(finding.detail.pendingUntil ?? '');
    if (finding.status !== 'open' || Number.isNaN(at) || notified.notified !== undefined) return [];
    return [{ findingId: finding.id, resources: resourcesOf(finding), at, attempt: 0 }];
  });
}

/** The messages for these, which nobody else asks for. */
function withoutClaims(due: readonly Due[], now: Date): readonly Recheck[] {
  return groupsOf(due.map((each) => ({ ...each, at: Math.max(each.at, now.getTime()) }))).map((group) => {
    const at = Math.max(...group.map((each) => each.at));
    const body = recheckMessage({ ...joined(group.map(({ resources }) => resources)), notBefore: new Date(at) });
    return { body, delaySeconds: Math.ceil((at - now.getTime()) / 1000) };
  });
}
