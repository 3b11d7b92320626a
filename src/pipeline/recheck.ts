/** Our own messages: look again at these, after the grace. */

import type { Finding } from '../audit/finding.ts';
import type { Notification } from '../delivery/notification.ts';
import { PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Evidence, Sighting, SuspicionSighting } from '../sighting/sighting.ts';
import type { Asked } from './assess.ts';

/** A message to be sent, and how long to hold it back. */
export interface Recheck {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Instances in one message: far below SQS's limit of a message's size. */
const PER_MESSAGE = 200;

/**
 * Messages that bring findings back to be looked at when their grace is over. The delay is that of the youngest in the message;
 * a queue that allows less brings it back early, and it is sent again.
 */
export function rechecksOf(findings: readonly Finding[], now: Date): readonly Recheck[] {
  const pending = findings.filter(({ status, detail }) => status === 'open' && detail.pendingUntil !== undefined);
  const byPlace = new Map<string, Finding[]>();
  for (const finding of pending) byPlace.set(scopeKey(finding), [...(byPlace.get(scopeKey(finding)) ?? []), finding]);
  return [...byPlace.values()].flatMap((all) => {
    const chunks: Finding[][] = [];
    for (let at = 0; at < all.length; at += PER_MESSAGE) chunks.push(all.slice(at, at + PER_MESSAGE));
    return chunks.map((chunk) => recheckOf(chunk, now));
  });
}

function recheckOf(findings: readonly Finding[], now: Date): Recheck {
  const [{ accountId, region } = { accountId: '', region: '' }] = findings;
  const until = Math.max(...findings.map(({ detail }) => Date.parse(detail.pendingUntil ?? '') || 0));
  const instanceIds = findings
    .filter(({ resourceType }) => resourceType === 'AWS::EC2::Instance')
    .map(({ resourceId }) => resourceId);
  const networkInterfaceIds = findings
    .filter(({ resourceType }) => resourceType !== 'AWS::EC2::Instance')
    .flatMap(({ detail }) => (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const body = {
    mirrorwatch: 'recheck',
    accountId,
    region,
    instanceIds: [...new Set(instanceIds)],
    networkInterfaceIds: [...new Set(networkInterfaceIds)],
  };
  return { body: JSON.stringify(body), delaySeconds: Math.max(0, Math.ceil((until - now.getTime()) / 1000)) };
}

/** What a message of our own asks for. */
export interface OwnRequest {
  readonly asked: readonly Asked[];
  /** What GuardDuty said, handed on to the function that repairs. */
  readonly sightings: readonly Sighting[];
  readonly sweeps: readonly ScopeSweep[];
}

/** A sweep of one account and region; `name` tells the sweep that it is a part of. */
export interface ScopeSweep extends Scope {
  readonly name: string;
}

/** The message that asks for the sweep of one account and region. */
export function sweepMessage({ accountId, region, name }: ScopeSweep): string {
  return JSON.stringify({ mirrorwatch: 'sweep', accountId, region, name });
}

/** The message that asks for repairs on these interfaces and those beside them on their instances, with what is suspected of them. */
export function remediateMessage(
  { accountId, region }: Scope,
  networkInterfaceIds: readonly string[],
  suspicions: readonly SuspicionSighting[],
): string {
  const body = { mirrorwatch: 'remediate', accountId, region, instanceIds: [], networkInterfaceIds };
  return JSON.stringify(suspicions.length === 0 ? body : { ...body, suspicions });
}

/** What a message of our own asks for. Throws PipelineError `notification-unreadable` when it is none that we send. */
export function askedBy({ name, content }: Extract<Notification, { kind: 'own' }>): OwnRequest {
  const { accountId, region, instanceIds, networkInterfaceIds, suspicions, name: sweep } = content;
  const known = ['recheck', 'remediate', 'sweep'].includes(name);
  if (!known || typeof accountId !== 'string' || typeof region !== 'string') {
    throw new PipelineError(
      'notification-unreadable',
      `a message of our own form asks for ${JSON.stringify(name).slice(0, 80)}, which is nothing we know`,
    );
  }
  if (name === 'sweep') {
    return { asked: [], sightings: [], sweeps: [{ accountId, region, name: typeof sweep === 'string' ? sweep : '' }] };
  }
  return {
    asked: [
      { accountId, region, instanceIds: strings(instanceIds), networkInterfaceIds: strings(networkInterfaceIds) },
    ],
    sightings: (Array.isArray(suspicions) ? suspicions : []).flatMap((each) =>
      suspicionIn(each, { accountId, region }),
    ),
    sweeps: [],
  };
}

/** A suspicion as it was written into a message; nothing for what has another form. */
function suspicionIn(value: unknown, scope: Scope): readonly SuspicionSighting[] {
  const told = (value ?? {}) as Partial<Record<keyof SuspicionSighting, unknown>>;
  const eventTime = new Date(String(told.eventTime));
  const { guardDutyFindingId, guardDutyFindingType, instanceId, evidence } = told;
  if (told.kind !== 'suspicion' || Number.isNaN(eventTime.getTime()) || typeof guardDutyFindingId !== 'string')
    return [];
  const { eventID, eventName, actor, note } = (evidence ?? {}) as Partial<Record<keyof Evidence, unknown>>;
  return [
    {
      ...scope,
      kind: 'suspicion',
      eventTime,
      actor: { name: String(actor), ours: false },
      evidence: {
        eventID: String(eventID),
        eventName: String(eventName),
        eventTime: eventTime.toISOString(),
        actor: String(actor),
        ...(typeof note === 'string' && { note }),
      },
      guardDutyFindingId,
      guardDutyFindingType: String(guardDutyFindingType),
      ...(typeof instanceId === 'string' && { instanceId }),
      networkInterfaceIds: strings(told.networkInterfaceIds),
    },
  ];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Re-checks that should have been made by now, as the ledger remembers them: for a process that was not running then. */
export async function overdueRechecks(ledger: Pick<Ledger, 'entries'>, now: Date): Promise<readonly string[]> {
  const open = await ledger.entries({ status: ['open'] });
  const overdue = open
    .map(({ finding }) => finding)
    .filter(({ detail }) => detail.pendingUntil !== undefined && Date.parse(detail.pendingUntil) <= now.getTime());
  return rechecksOf(overdue, now).map(({ body }) => body);
}
