/** What the records alone show about an instance: its tags, whether it is gone, and which calls changed these. */

import { byText, compareText } from '../collections.ts';
import type { Evidence, LaunchedInstance, LaunchSighting, Sighting } from '../sighting/sighting.ts';
import { isInstanceId } from '../sighting/sighting.ts';
import {
  noTags,
  replayLaunch,
  replayTagsRemoved,
  replayTagsSet,
  shownBy,
  type TagReplay,
  type TagTimes,
} from './known-tags.ts';
import type { KnownTags } from './tag-policy.ts';

/** An instance's state after the newest of its sightings. */
export interface SightedInstance {
  readonly instanceId: string;
  readonly accountId: string;
  readonly region: string;
  /** From the launch, if its record was read. */
  readonly launched?: LaunchedInstance | undefined;
  readonly tags: KnownTags;
  /** Which records decide that. */
  readonly tagTimes: TagTimes;
  /** True once it was terminated or evicted. */
  readonly gone: boolean;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** By tag key, the evidence of the last call that set or removed it. */
  readonly touchedBy: ReadonlyMap<string, Evidence>;
  readonly launchEvidence?: Evidence | undefined;
  readonly goneEvidence?: Evidence | undefined;
  /** Evidence of the newest sighting of any kind. */
  readonly lastEvidence: Evidence;
}

/**
 * Orders calls made within the same second, because CloudTrail's times are in whole seconds. For tags the order proves nothing; a tag
 * that was both set and removed is unknown.
 */
const RANK: Readonly<Partial<Record<Sighting['kind'], number>>> = {
  launch: 0,
  started: 1,
  'tags-set': 2,
  'tags-removed': 3,
  stopped: 4,
  terminated: 5,
};

interface Draft {
  instanceId: string;
  accountId: string;
  region: string;
  launched?: LaunchedInstance | undefined;
  tags: TagReplay;
  gone: boolean;
  firstSeen: Date;
  lastSeen: Date;
  touchedBy: Map<string, Evidence>;
  launchEvidence?: Evidence | undefined;
  goneEvidence?: Evidence | undefined;
  lastEvidence: Evidence;
}

/**
 * Replays sightings in order of `eventTime` and returns every instance they touched, ordered by account, region and id. The input
 * order does not matter. Volumes and other resources of a CreateTags are skipped.
 */
export function instancesSighted(sightings: readonly Sighting[]): readonly SightedInstance[] {
  const drafts = new Map<string, Draft>();
  for (const sighting of sightings.toSorted(byTime)) {
    if (sighting.kind === 'launch') replayLaunches(drafts, sighting);
    else for (const instanceId of instanceIdsOf(sighting)) replay(draftOf(drafts, instanceId, sighting), sighting);
  }
  return [...drafts.values()].toSorted(byPlace).map((draft) => ({ ...draft, ...shownBy(draft.tags) }));
}

/** The instances that a sighting names. */
export function instanceIdsOf(sighting: Sighting): readonly string[] {
  switch (sighting.kind) {
    case 'launch':
      return sighting.instances.map(({ instanceId }) => instanceId);
    case 'tags-set':
    case 'tags-removed':
      return sighting.resourceIds.filter(isInstanceId);
    case 'terminated':
    case 'started':
    case 'stopped':
      return sighting.instanceIds;
    case 'interface-attached':
    case 'suspicion':
      return sighting.instanceId === undefined ? [] : [sighting.instanceId];
    case 'interface-detached':
    case 'interface-created':
    case 'interface-deleted':
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
    case 'mirror-path-changed':
    case 'task-running':
    case 'task-stopped':
      return [];
  }
}

function draftOf(
  drafts: Map<string, Draft>,
  instanceId: string,
  { accountId, region, eventTime, evidence }: Sighting,
): Draft {
  const key = `${accountId}:${region}:${instanceId}`;
  let draft = drafts.get(key);
  if (draft === undefined) {
    draft = {
      instanceId,
      accountId,
      region,
      tags: noTags(),
      gone: false,
      firstSeen: eventTime,
      lastSeen: eventTime,
      touchedBy: new Map(),
      lastEvidence: evidence,
    };
    drafts.set(key, draft);
  }
  draft.lastSeen = eventTime;
  draft.lastEvidence = evidence;
  return draft;
}

function replayLaunches(drafts: Map<string, Draft>, sighting: LaunchSighting): void {
  for (const launched of sighting.instances) {
    const draft = draftOf(drafts, launched.instanceId, sighting);
    draft.launched = launched;
    draft.launchEvidence = sighting.evidence;
    replayLaunch(draft.tags, launched, sighting);
  }
}

function replay(draft: Draft, sighting: Sighting): void {
  switch (sighting.kind) {
    case 'tags-set':
      touch(draft, replayTagsSet(draft.tags, sighting, sighting.eventTime), sighting);
      return;
    case 'tags-removed':
      touch(draft, replayTagsRemoved(draft.tags, sighting, sighting.eventTime), sighting);
      if (sighting.tags === 'all') draft.touchedBy.set(ALL_KEYS, sighting.evidence);
      return;
    case 'terminated':
      draft.gone = true;
      draft.goneEvidence = sighting.evidence;
      return;
    case 'launch':
    case 'started':
    case 'stopped':
    case 'interface-attached':
    case 'interface-detached':
    case 'interface-created':
    case 'interface-deleted':
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
    case 'mirror-path-changed':
    case 'task-running':
    case 'task-stopped':
    case 'suspicion':
      return;
  }
}

/** Notes who set or removed each key last. After a call with omitted parameters, nobody is known to. */
function touch({ touchedBy }: Draft, keys: readonly string[], { evidence, incomplete }: Sighting): void {
  if (incomplete) touchedBy.clear();
  for (const key of keys) touchedBy.set(key, evidence);
}

/** The key in `touchedBy` for a call that removed every tag. */
export const ALL_KEYS = '*';

function byTime(a: Sighting, b: Sighting): number {
  const time = a.eventTime.getTime() - b.eventTime.getTime();
  if (time !== 0) return time;
  const rank = (RANK[a.kind] ?? 9) - (RANK[b.kind] ?? 9);
  if (rank !== 0) return rank;
  return compareText(a.evidence.eventID, b.evidence.eventID);
}

const byPlace = byText(({ accountId, region, instanceId }: Draft) => `${accountId} ${region} ${instanceId}`);
