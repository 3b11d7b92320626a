/** The messages that our functions send each other: what each asks for, how it is written, and how it is read back. */

import * as z from 'zod';
import type { Notification } from '../delivery/notification.ts';
import { PipelineError } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { SessionChange } from '../inventory/load-inventory.ts';
import type { LaunchHold } from '../sighting/events.ts';
import type { Sighting, SuspicionSighting } from '../sighting/sighting.ts';
import type { RequestedResources } from './assess.ts';
import { type HookResult, isMarkedOurs } from './hooks/launch-hooks.ts';
import {
  actionToken,
  instanceId,
  listOf,
  name,
  networkInterfaceId,
  reason,
  resourceId,
  scopeFields,
  shortReason,
  sweepName,
  trafficMirrorSessionId,
  words,
} from './trust/own-forms.ts';

/** What one of our messages asks for. */
export interface OwnRequest {
  readonly requested: readonly RequestedResources[];
  /** GuardDuty's findings, handed on to the function that repairs. */
  readonly sightings: readonly Sighting[];
  readonly sweeps: readonly ScopeSweep[];
  /** Until when a flood held findings back that are to be mailed. @default none are */
  readonly held?: Date | undefined;
  /** Present if it is asked who is silent, though nothing is delivered. */
  readonly silence?: true | undefined;
  /** Instances that wait for the repairs that are asked for. @default none */
  readonly holds?: readonly LaunchHold[] | undefined;
  /** An instance to release, without looking at it. @default none */
  readonly release?: HoldRelease | undefined;
}

/** How an instance that an Auto Scaling group holds back is released, and why. */
export interface HoldRelease {
  readonly hold: LaunchHold;
  readonly result: HookResult;
  readonly reason: string;
}

/** A sweep of one account and region; `name` identifies the sweep that it is part of. */
export interface ScopeSweep extends Scope {
  readonly name: string;
  /** The id of the message that asks for it. */
  readonly owner?: string | undefined;
}

const NOTHING: OwnRequest = { requested: [], sightings: [], sweeps: [] };

// `resourceIds` is absent in messages of older versions.
const resources = {
  instanceIds: listOf(instanceId).default([]),
  networkInterfaceIds: listOf(networkInterfaceId).default([]),
  resourceIds: listOf(resourceId).default([]),
};
const time = z.iso.datetime().transform((text) => new Date(text));

const suspicion = z.object({
  kind: z.literal('suspicion'),
  eventTime: time,
  evidence: z.object({ eventID: words, eventName: words, actor: words, note: words.optional() }),
  guardDutyFindingId: words,
  guardDutyFindingType: words,
  instanceId: instanceId.optional(),
  networkInterfaceIds: listOf(networkInterfaceId),
});

const hold = z.object({
  autoScalingGroupName: name,
  lifecycleHookName: name,
  lifecycleActionToken: actionToken,
  instanceId,
  // Absent in messages of older versions.
  notificationMetadata: name.optional(),
});

const sessionChange = z.object({ kind: z.enum(['deleted', 'modified']), trafficMirrorSessionId });

const ownMessage = z.discriminatedUnion('mirrorwatch', [
  // Messages of older versions say neither when they are due nor how often the check was tried.
  z.object({
    ...{ mirrorwatch: z.literal('recheck'), ...scopeFields, ...resources },
    notBefore: time.optional(),
    attempt: z.int().min(0).max(100).default(0),
  }),
  z.object({
    ...{ mirrorwatch: z.literal('remediate'), ...scopeFields, ...resources },
    suspicions: listOf(suspicion).default([]),
    // Absent in messages of older versions.
    sessionChanges: listOf(sessionChange).default([]),
    holds: listOf(hold).default([]),
    // Absent in messages of older versions.
    wholeAccount: z.boolean().default(false),
    lookedAt: time.optional(),
  }),
  z.object({
    ...{ mirrorwatch: z.literal('release'), ...scopeFields },
    ...{ hold, result: z.enum(['CONTINUE', 'ABANDON']), reason },
  }),
  z.object({ mirrorwatch: z.literal('sweep'), ...scopeFields, name: sweepName }),
  z.object({ mirrorwatch: z.literal('held'), until: time }),
  z.object({ mirrorwatch: z.literal('silence') }),
]);

/** Asks for the findings on these resources to be checked again, when that is due. */
export function recheckMessage(resourcesToCheck: RequestedResources): string {
  return JSON.stringify({ mirrorwatch: 'recheck', ...resourcesToCheck });
}

/** Asks for a mail about the findings that were held back until then. */
export function heldMessage(until: Date): string {
  return JSON.stringify({ mirrorwatch: 'held', until: until.toISOString() });
}

/** Asks for a judging of who is silent. */
export function silenceMessage(): string {
  return JSON.stringify({ mirrorwatch: 'silence' });
}

/** Asks for the sweep of one account and region. */
export function sweepMessage({ accountId, region, name: sweep }: ScopeSweep): string {
  return JSON.stringify({ mirrorwatch: 'sweep', accountId, region, name: sweep });
}

/** What `remediate` is asked for. */
export interface RemediateRequest {
  readonly networkInterfaceIds: readonly string[];
  /** The tasks whose interfaces these are: findings about one that ended meanwhile are resolved. @default none */
  readonly resourceIds?: readonly string[] | undefined;
  readonly suspicions?: readonly SuspicionSighting[] | undefined;
  /** The instances among their owners that wait to be mirrored. */
  readonly holds?: readonly LaunchHold[] | undefined;
  readonly sessionChanges?: readonly SessionChange[] | undefined;
  /** Idle sensors are to be terminated, which takes a look at the whole account. @default false */
  readonly wholeAccount?: boolean | undefined;
  /** When the account was read that needs them, by the clock of the function that asks. @default not known */
  readonly lookedAt?: Date | undefined;
}

/**
 * Asks for repairs on these interfaces and on the others of their instances, with what GuardDuty suspects of them and what others did to
 * sessions of the account.
 */
export function remediateMessage({ accountId, region }: Scope, asked: RemediateRequest): string {
  const {
    networkInterfaceIds,
    resourceIds = [],
    suspicions = [],
    sessionChanges = [],
    holds = [],
    wholeAccount,
    lookedAt,
  } = asked;
  const body = { mirrorwatch: 'remediate', accountId, region, instanceIds: [], networkInterfaceIds };
  return JSON.stringify({
    ...body,
    ...(resourceIds.length > 0 && { resourceIds }),
    ...(suspicions.length > 0 && { suspicions }),
    ...(sessionChanges.length > 0 && { sessionChanges }),
    ...(holds.length > 0 && { holds: holds.map(withoutScope) }),
    ...(wholeAccount === true && { wholeAccount }),
    ...(lookedAt !== undefined && { lookedAt: lookedAt.toISOString() }),
  });
}

/** Asks for an instance to be released that an Auto Scaling group holds back. */
export function releaseMessage({ hold: held, result, reason: why }: HoldRelease): string {
  const { accountId, region } = held;
  const release = { hold: withoutScope(held), result, reason: shortReason(why) };
  return JSON.stringify({ mirrorwatch: 'release', accountId, region, ...release });
}

function withoutScope(held: LaunchHold): z.infer<typeof hold> {
  const { accountId: _, region: __, notificationMetadata, ...action } = held;
  return isMarkedOurs(held) ? { ...action, notificationMetadata } : action;
}

/**
 * Reads one of our messages. Throws PipelineError `notification-unreadable` when it does not have the form that we send: a queue that
 * others can write to is not believed.
 */
export function readOwnMessage({ name: asked, content }: Extract<Notification, { kind: 'own' }>): OwnRequest {
  const parsed = ownMessage.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}: ${issue.message}`;
    throw new PipelineError(
      'notification-unreadable',
      `a message with mirrorwatch = ${JSON.stringify(asked).slice(0, 80)} has no form that we send${where}`,
      { cause: parsed.error },
    );
  }
  const { data } = parsed;
  if (data.mirrorwatch === 'held') return { ...NOTHING, held: data.until };
  if (data.mirrorwatch === 'silence') return { ...NOTHING, silence: true };
  const { accountId, region } = data;
  if (data.mirrorwatch === 'sweep') return { ...NOTHING, sweeps: [{ accountId, region, name: data.name }] };
  if (data.mirrorwatch === 'release') {
    const { result, reason: why } = data;
    return { ...NOTHING, release: { hold: { accountId, region, ...data.hold }, result, reason: why } };
  }
  const { instanceIds, networkInterfaceIds, resourceIds } = data;
  const resourcesNamed = {
    ...{ accountId, region, instanceIds, networkInterfaceIds },
    ...(resourceIds.length > 0 && { resourceIds }),
  };
  if (data.mirrorwatch === 'recheck') {
    const { notBefore, attempt } = data;
    const recheck = { ...resourcesNamed, attempt, ...(notBefore !== undefined && { notBefore }) };
    return { ...NOTHING, requested: [recheck] };
  }
  const { suspicions, sessionChanges, holds, wholeAccount, lookedAt } = data;
  const repairs = {
    ...resourcesNamed,
    ...(sessionChanges.length > 0 && { sessionChanges }),
    ...(wholeAccount && { wholeAccount }),
    ...(lookedAt !== undefined && { lookedAt }),
  };
  return {
    requested: [repairs],
    sightings: suspicions.map((each) => toSighting(each, { accountId, region })),
    sweeps: [],
    ...(holds.length > 0 && { holds: holds.map((each) => ({ accountId, region, ...each })) }),
  };
}

function toSighting({ evidence, ...suspected }: z.infer<typeof suspicion>, at: Scope): SuspicionSighting {
  const { eventTime } = suspected;
  return {
    ...at,
    ...suspected,
    actor: { name: evidence.actor, ours: false },
    evidence: { ...evidence, eventTime: eventTime.toISOString() },
  };
}
