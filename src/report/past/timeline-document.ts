/** A resource's life as `mirrorwatch timeline` prints it: the model of the table, the CSV and the JSON. */

import type { ResourceType } from '../../audit/rule-answer.ts';
import type { ChangingSighting } from '../../causes/order/distinct-calls.ts';
import type { Compliance, Question, Timeline, TimelineEvent } from '../../causes/timeline.ts';
import { groupBy } from '../../collections.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { changeWords } from './event-words.ts';

/** How much of the time a resource complied, in whole seconds. Times at which it did not exist or nothing was required don't count. */
export interface TimelineShare {
  /** From 0 to 1, of the time of which it is known; null when it is known of no time. */
  readonly compliant: number | null;
  readonly compliantSeconds: number;
  readonly brokenSeconds: number;
  readonly unknownSeconds: number;
}

/** What a call did. `tags` and `mirroring` say whether the resource complied after it. */
export interface TimelineRow extends Evidence {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** In words. */
  readonly what: string;
  /** `resource`: it changed the resource itself. `surroundings`: what its mirroring depends on. `possibly`: the record does not say on what it was. */
  readonly touches: TimelineEvent['touches'];
  readonly tags: Compliance;
  readonly mirroring: Compliance;
}

/** A period of the same answers; `to` is exclusive. Times are ISO 8601 UTC. */
export interface TimelineSpan {
  readonly from: string;
  readonly to: string;
  readonly tags: Compliance;
  readonly mirroring: Compliance;
  /** Why an answer is unknown. */
  readonly reason?: string | undefined;
}

/** The printed document. Fields are only ever added. An attacker may have chosen any text in it. */
export interface TimelineDocument {
  readonly schema: 'mirrorwatch.timeline/1';
  readonly accountId: string;
  readonly region: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly name?: string | undefined;
  readonly period: { readonly since: string; readonly until: string };
  /** When the account was read from which the changes were taken back; absent if its snapshot does not say. */
  readonly accountReadAt?: string | undefined;
  /** The oldest and the newest record of the account and region; null when there is none. */
  readonly records: { readonly first: string; readonly last: string } | null;
  /** Null where nothing is judged: tags of anything but an instance, or a question that the configuration does not ask. */
  readonly compliance: Readonly<Record<Question, TimelineShare | null>>;
  readonly spans: readonly TimelineSpan[];
  /** Oldest first. */
  readonly events: readonly TimelineRow[];
}

/** What a document is made from. */
export interface TimelineSource extends Scope {
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly name?: string | undefined;
  readonly judged: Readonly<Record<Question, boolean>>;
  readonly period: { readonly since: Date; readonly until: Date };
  readonly accountReadAt?: Date | undefined;
  readonly records: { readonly first: Date; readonly last: Date } | undefined;
  readonly timeline: Timeline;
  /** The sightings of the account and region, for the words; only changes of these ids are told. */
  readonly sightings: readonly ChangingSighting[];
  readonly around: ReadonlySet<string>;
}

/** The document of a timeline. */
export function timelineDocument(source: TimelineSource): TimelineDocument {
  const { accountId, region, resourceType, resourceId, name, judged, period, accountReadAt, records, timeline } =
    source;
  const share = (question: Question): TimelineShare | null => {
    const { compliant, yes, no, unknown } = timeline.shares[question];
    if (!judged[question]) return null;
    return { compliant, compliantSeconds: seconds(yes), brokenSeconds: seconds(no), unknownSeconds: seconds(unknown) };
  };
  const wanted = new Set(timeline.events.map(({ evidence }) => callKey(evidence)));
  const told = groupBy(
    source.sightings.filter(({ evidence }) => wanted.has(callKey(evidence))),
    ({ evidence }) => callKey(evidence),
  );
  return {
    schema: 'mirrorwatch.timeline/1',
    ...{ accountId, region, resourceType, resourceId, name },
    period: { since: period.since.toISOString(), until: period.until.toISOString() },
    accountReadAt: accountReadAt?.toISOString(),
    records: records === undefined ? null : { first: records.first.toISOString(), last: records.last.toISOString() },
    compliance: { tags: share('tags'), mirroring: share('mirroring') },
    spans: timeline.spans.map(({ from, to, tags, mirroring, reason }) => ({
      ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString(), tags, mirroring },
      reason: tags === 'unknown' || mirroring === 'unknown' ? reason : undefined,
    })),
    events: timeline.events.map(({ evidence, at, touches, tags, mirroring }) => ({
      ...{ at: new Date(at).toISOString(), what: wordsOf(evidence, touches, source, told) },
      ...{ touches, tags, mirroring, ...evidence },
    })),
  };
}

/** Calls without an id are told apart by their time. */
function callKey({ eventID, eventName, eventTime }: Evidence): string {
  return `${eventID} ${eventName} ${eventTime}`;
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

function wordsOf(
  evidence: Evidence,
  touches: TimelineEvent['touches'],
  { around, resourceId }: TimelineSource,
  told: ReadonlyMap<string, readonly ChangingSighting[]>,
): string {
  const changes = (told.get(callKey(evidence)) ?? []).flatMap((sighting) => sighting.changes ?? []);
  const about = changes.filter((change) => touches === 'possibly' || isAbout(change, around));
  const words = (about.length === 0 ? changes : about).map((change) => {
    const id = unnamedIn(change);
    return `${id === undefined || id === resourceId ? '' : `${id}: `}${changeWords(change)}`;
  });
  const text = [...new Set(words)].slice(0, MOST_WORDS).join('; ') || evidence.eventName;
  return touches === 'possibly' ? `${text} (the record does not say on what it was)` : text;
}

const MOST_WORDS = 5;

/** The resource of a change whose words don't name it; undefined for the others. */
function unnamedIn(change: Change): string | undefined {
  const { kind } = change;
  if (kind === 'tags-set' || kind === 'tags-removed') return change.resourceId;
  if (kind === 'instance-launched' || kind === 'state-set' || kind === 'instance-type-set') return change.instanceId;
  return undefined;
}

/** True if a change is about one of the ids. */
function isAbout(change: Change, ids: ReadonlySet<string>): boolean {
  const id = unnamedIn(change);
  return id === undefined ? idsIn(change).some((each) => ids.has(each)) : ids.has(id);
}

/** Every id that a change names, among its other texts. */
function idsIn(change: Change): readonly string[] {
  return Object.values(change)
    .flatMap((value) => {
      if (typeof value === 'string') return [value];
      if (Array.isArray(value)) return value.flatMap((each) => (typeof each === 'string' ? [each] : idsOfObject(each)));
      return idsOfObject(value);
    })
    .filter((text) => text !== change.kind);
}

function idsOfObject(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((each) => typeof each === 'string');
}
