/** Our own calls as we know them from AWS's answers, before CloudTrail's records of them arrive. */

import { compareText } from '../collections.ts';
import type { SessionChange } from './changes/mirroring.ts';
import type { Evidence, Sighting } from './sighting.ts';

/** Begins what stands for the event id of a call that we know without CloudTrail. */
const PREFIX = 'mirrorwatch:';

/**
 * The proof that we launched an instance as a sensor, as of `knownAt`. It is renewed now and then, because the ledger does not keep it for
 * ever (`KEPT_DAYS`).
 */
export function ownLaunch(instanceId: string, knownAt: Date): OwnCall {
  const eventTime = new Date(Math.floor(knownAt.getTime() / 1000) * 1000);
  const time = eventTime.toISOString();
  return {
    kind: 'launch',
    eventTime,
    changes: [{ kind: 'sensor-launched', instanceId }],
    evidence: {
      eventID: `${PREFIX}sensor-launched:${instanceId}:${time}`,
      eventName: 'RunInstances',
      eventTime: time,
      actor: 'mirrorwatch',
      note: 'we launched it, by the answer to our own call or by a record of a call of our role',
    },
  };
}

const NAMES = {
  'session-created': 'CreateTrafficMirrorSession',
  'session-modified': 'ModifyTrafficMirrorSession',
  'session-deleted': 'DeleteTrafficMirrorSession',
} as const satisfies Readonly<Record<SessionChange['kind'], string>>;

type OwnCall = Pick<Sighting, 'kind' | 'eventTime' | 'evidence' | 'changes'>;

/** A call of ours on a session, at the second of AWS's answer: CloudTrail's times are in whole seconds, and a later call must not seem earlier. */
export function ownCall(change: SessionChange, answeredAt: Date): OwnCall {
  const eventName = NAMES[change.kind];
  const eventTime = new Date(Math.floor(answeredAt.getTime() / 1000) * 1000);
  const time = eventTime.toISOString();
  return {
    kind: change.kind,
    eventTime,
    changes: [change],
    evidence: {
      eventID: `${PREFIX}${change.kind}:${change.trafficMirrorSessionId}:${time}`,
      eventName,
      eventTime: time,
      actor: 'mirrorwatch',
      note: 'known from the answer to our own call, not from CloudTrail',
    },
  };
}

/** True for a call that we know from the answer to it and not from CloudTrail. */
export function isOwnCall({ eventID }: Pick<Evidence, 'eventID'>): boolean {
  return eventID.startsWith(PREFIX);
}

/**
 * The event id of a record. CloudTrail's ids are UUIDs: one that begins as ours do was made up, and must not pass for something that we know from
 * an answer to our own call.
 */
export function recordedEventID(eventID: string): string {
  return eventID.startsWith(PREFIX) ? `not ${eventID}` : eventID;
}

/**
 * The calls without those of our own that another record shows too: CloudTrail's, or an earlier answer. A session is created once and
 * deleted once, so its id tells that two calls are the same one. A repeated modification changes nothing and needs no care.
 */
export function withoutTwins<T extends Pick<OwnCall, 'evidence' | 'changes'>>(calls: readonly T[]): readonly T[] {
  const isOwn = ({ evidence }: T): boolean => isOwnCall(evidence);
  if (!calls.some(isOwn)) return calls;
  const seen = new Set<string>();
  for (const call of calls) if (!isOwn(call)) for (const fact of factsOf(call)) seen.add(fact);
  const twins = new Set<T>();
  for (const call of calls.filter(isOwn).toSorted(byTime)) {
    const facts = factsOf(call);
    if (facts.some((fact) => seen.has(fact))) twins.add(call);
    for (const fact of facts) seen.add(fact);
  }
  return twins.size === 0 ? calls : calls.filter((call) => !twins.has(call));
}

function byTime({ evidence: one }: Pick<OwnCall, 'evidence'>, { evidence: other }: Pick<OwnCall, 'evidence'>): number {
  return compareText(one.eventTime, other.eventTime);
}

function factsOf({ changes = [] }: Pick<OwnCall, 'changes'>): readonly string[] {
  return changes.flatMap((change) =>
    change.kind === 'session-created' || change.kind === 'session-deleted'
      ? [`${change.kind} ${change.trafficMirrorSessionId}`]
      : [],
  );
}
