/** What the records alone show about an instance: the calls on its tags, what these leave of them, and whether it is gone. */

import { byText, compareText } from '../collections.ts';
import type {
  Evidence,
  LaunchedInstance,
  LaunchSighting,
  Sighting,
  TagsRemovedSighting,
  TagsSetSighting,
} from '../sighting/sighting.ts';
import { isInstanceId } from '../sighting/sighting.ts';
import { noTags, replayLaunch, replayTagsRemoved, replayTagsSet, shownBy, type TagTimes } from './known-tags.ts';
import type { KnownTags } from './tag-policy.ts';

/** An instance's state after the newest of its sightings. */
export interface SightedInstance {
  readonly instanceId: string;
  readonly accountId: string;
  readonly region: string;
  /** From the launch, if its record was read. */
  readonly launched?: LaunchedInstance | undefined;
  /** The launch and the calls that set or removed tags, in order. `tagsShownBy` replays them. */
  readonly tagCalls: readonly TagCall[];
  /** True once it was terminated or evicted. */
  readonly gone: boolean;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly launchEvidence?: Evidence | undefined;
  readonly goneEvidence?: Evidence | undefined;
  /** Evidence of the newest sighting of any kind. */
  readonly lastEvidence: Evidence;
}

/** The launch of one instance, which shows its tags. */
interface OwnLaunch extends Pick<LaunchSighting, 'kind' | 'eventTime' | 'evidence'> {
  readonly launched: LaunchedInstance;
}

/** A call that shows an instance's tags or changes them. All the instances of a call share what changes them. */
export type TagCall = OwnLaunch | TagsSetSighting | TagsRemovedSighting;

/** What the records show of an instance's tags. */
export interface ShownTags {
  readonly tags: KnownTags;
  /** Which records decide that. */
  readonly tagTimes: TagTimes;
  /** By tag key, the evidence of the last call that set or removed it. */
  readonly touchedBy: ReadonlyMap<string, Evidence>;
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
  tagCalls: TagCall[];
  gone: boolean;
  firstSeen: Date;
  lastSeen: Date;
  launchEvidence?: Evidence | undefined;
  goneEvidence?: Evidence | undefined;
  lastEvidence: Evidence;
}

/**
 * Goes through the sightings in order of `eventTime` and returns every instance they touched, ordered by account, region and id. The input
 * order does not matter. Volumes and other resources of a CreateTags are skipped.
 */
export function instancesSighted(sightings: readonly Sighting[]): readonly SightedInstance[] {
  const drafts = new Map<string, Draft>();
  for (const sighting of sightings.toSorted(byTime)) {
    if (sighting.kind === 'launch') noteLaunches(drafts, sighting);
    else for (const instanceId of instanceIdsOf(sighting)) note(draftOf(drafts, instanceId, sighting), sighting);
  }
  return [...drafts.values()].toSorted(byPlace);
}

/**
 * Replays the calls on an instance's tags. Made for one instance at a time, as it is judged: a thousand instances of twenty calls with
 * fifty tags each have a million tags among them, and the calls a thousand.
 */
export function tagsShownBy({ tagCalls }: Pick<SightedInstance, 'tagCalls'>): ShownTags {
  const replay = noTags();
  const touchedBy = new Map<string, Evidence>();
  for (const call of tagCalls) {
    if (call.kind === 'launch') {
      replayLaunch(replay, call.launched, call);
      continue;
    }
    // After a call with omitted parameters, nobody is known to have set a tag.
    if (call.incomplete) touchedBy.clear();
    const { eventTime, evidence } = call;
    const keys =
      call.kind === 'tags-set' ? replayTagsSet(replay, call, eventTime) : replayTagsRemoved(replay, call, eventTime);
    for (const key of keys) touchedBy.set(key, evidence);
    if (call.kind === 'tags-removed' && call.tags === 'all') touchedBy.set(ALL_KEYS, evidence);
  }
  return { ...shownBy(replay), touchedBy };
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
    case 'security-group-created':
    case 'security-group-deleted':
    case 'task-running':
    case 'task-stopped':
    case 'rule-found':
    case 'rule-ended':
    case 'iam-user-made':
    case 'iam-user-deleted':
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
      tagCalls: [],
      gone: false,
      firstSeen: eventTime,
      lastSeen: eventTime,
      lastEvidence: evidence,
    };
    drafts.set(key, draft);
  }
  draft.lastSeen = eventTime;
  draft.lastEvidence = evidence;
  return draft;
}

function noteLaunches(drafts: Map<string, Draft>, sighting: LaunchSighting): void {
  const { kind, eventTime, evidence } = sighting;
  for (const launched of sighting.instances) {
    const draft = draftOf(drafts, launched.instanceId, sighting);
    draft.launched = launched;
    draft.launchEvidence = evidence;
    draft.tagCalls.push({ kind, eventTime, evidence, launched });
  }
}

function note(draft: Draft, sighting: Sighting): void {
  switch (sighting.kind) {
    case 'tags-set':
    case 'tags-removed':
      draft.tagCalls.push(sighting);
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
    case 'security-group-created':
    case 'security-group-deleted':
    case 'task-running':
    case 'task-stopped':
    case 'suspicion':
    case 'rule-found':
    case 'rule-ended':
    case 'iam-user-made':
    case 'iam-user-deleted':
      return;
  }
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
