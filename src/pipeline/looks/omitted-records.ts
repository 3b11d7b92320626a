/** Names the records that could not be judged because CloudTrail omitted parts of them or they say what no call can do, and no look at the account made up for it. */

import type { Audited } from '../../audit/audit.ts';
import { maySayWhoIsLetIn } from '../../audit/open-groups/judge-groups.ts';
import { groupBy, plural } from '../../collections.ts';
import { type Inventory, scopeKey } from '../../inventory/inventory.ts';
import type { InputCounts, Rejected } from '../../ledger/reading.ts';
import { NO_USER_NAMED } from '../../sighting/iam-users.ts';
import { namedIds } from '../../sighting/record-readers.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { ownNote } from '../../sighting/unsound.ts';

/** Records of one call in one log file that could not be judged for the same reason. `path` is `file#call`. */
export interface OmittedRecords extends Rejected {
  readonly of: 'records';
  readonly eventName: string;
  readonly records: number;
}

/** What is known of a scope after it was judged. */
export interface JudgedScope {
  /** With the instances that were found for launches that name none. */
  readonly sightings: readonly Sighting[];
  readonly unfound: ReadonlyMap<Sighting, string>;
  readonly inventory: Inventory;
  readonly audited: Audited;
}

/** The records named in one entry. The others are counted. */
const MOST_NAMED = 3;

/**
 * The records of a scope that could not be judged. An attacker can make CloudTrail omit what a call was about by making it long, so
 * such a record is never taken for a call about nothing. One entry for each log file, call and reason, however many records it has.
 */
export function omittedRecordsIn(scope: JudgedScope): readonly OmittedRecords[] {
  const incomplete = scope.sightings.filter(({ incomplete }) => incomplete === true);
  if (incomplete.length === 0) return [];
  const unknown = new Map(
    scope.audited.judgements
      .filter(({ result }) => result === 'unknown')
      .map(({ resourceId, reason }) => [resourceId, reason]),
  );
  return omittedRecords(
    incomplete.flatMap((sighting) => {
      const why = whyUnjudged(sighting, scope, unknown);
      return why === undefined ? [] : [{ sighting, why }];
    }),
  );
}

/** Records that could not be judged, each with what nothing made up for. One entry for each log file, call and reason. */
export function omittedRecords(
  unjudged: readonly { readonly sighting: Sighting; readonly why: string }[],
): readonly OmittedRecords[] {
  const left = unjudged.map(({ sighting, why }) => {
    const { logFile, eventName } = sighting.evidence;
    return { sighting, why, path: `${logFile ?? scopeKey(sighting)}#${eventName}`, eventName };
  });
  const groups = groupBy(left, ({ path, eventName, why, sighting }) =>
    JSON.stringify([path, eventName, why, gapOf(sighting)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { path, eventName, why } = first;
    const sightings = group.map(({ sighting }) => sighting);
    return [{ path, of: 'records', eventName, records: group.length, reason: reasonOf(sightings, why) }];
  });
}

/** The counts of the input with these records: counted by call, and named among what was rejected. */
export function withOmitted(input: InputCounts, entries: readonly OmittedRecords[]): InputCounts {
  if (entries.length === 0) return input;
  const omitted: Record<string, number> = {};
  for (const { eventName, records } of entries) omitted[eventName] = (omitted[eventName] ?? 0) + records;
  return {
    ...input,
    rejected: [...input.rejected, ...entries.map(({ eventName: _, ...entry }) => entry)],
    omitted,
  };
}

function reasonOf(sightings: readonly Sighting[], why: string): string {
  const [first] = sightings;
  const ids = sightings
    .slice(0, MOST_NAMED)
    .map(({ evidence: { eventID, eventTime } }) => `${eventID} at ${eventTime}`);
  const more = sightings.length > MOST_NAMED ? ` and ${sightings.length - MOST_NAMED} more` : '';
  const records = plural(sightings.length, `${first?.evidence.eventName} record`);
  const gap = first === undefined ? OMITTED : gapOf(first);
  return `${records} could not be judged: ${gap}, and ${why} (${ids.join(', ')}${more})`;
}

const OMITTED = 'CloudTrail omitted what the call was about';

/** What is wrong with an incomplete record: parts of it are missing, or it says what no call can do. */
function gapOf({ evidence: { note = '' } }: Sighting): string {
  if (ownNote(note) === NO_USER_NAMED) return 'the record names no user';
  const [, impossible] = /^(.*, more than EC2 takes in a call):/.exec(note) ?? [];
  return impossible === undefined ? OMITTED : `the record names ${impossible}`;
}

/** Why an incomplete record could not be judged; undefined if it was, or if it cannot change any answer. */
function whyUnjudged(
  sighting: Sighting,
  { unfound, inventory, audited }: JudgedScope,
  unknown: ReadonlyMap<string, string>,
): string | undefined {
  const missing = unfound.get(sighting);
  if (missing !== undefined) return missing;
  const named = namedIds(sighting);
  const undecided = named.find((id) => unknown.has(id));
  if (undecided !== undefined) return `${undecided} is unknown: ${unknown.get(undecided)}`;
  if (named.length > 0) return undefined;
  switch (sighting.kind) {
    case 'launch':
      return undefined;
    case 'tags-set':
    case 'tags-removed':
      return 'the record names no instance';
    case 'started':
    case 'stopped':
    case 'terminated':
      if (inventory.instances === undefined) return 'the record names no instance, and the instances were not read';
      return whyNoSource(inventory, audited);
    case 'interface-attached':
    case 'interface-detached':
    case 'interface-created':
    case 'interface-deleted':
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
      return whyNoSource(inventory, audited);
    case 'mirror-path-changed':
      return (
        (maySayWhoIsLetIn(sighting) ? whyNoGroup(inventory, audited) : undefined) ?? whyNoSource(inventory, audited)
      );
    case 'security-group-created':
      return undefined;
    case 'security-group-deleted':
      return whyNoGroup(inventory, audited);
    case 'task-running':
    case 'task-stopped':
    case 'suspicion':
    case 'rule-found':
    case 'rule-ended':
    case 'iam-user-made':
    case 'iam-user-deleted':
      return undefined;
  }
}

/** Without a name, every group was judged, if there was a list to judge by. Undefined too when groups are not judged. */
function whyNoGroup({ securityGroups }: Inventory, { judgesGroups }: Audited): string | undefined {
  return judgesGroups === true && securityGroups === undefined
    ? 'the record names no security group, and the security groups were not read'
    : undefined;
}

/** Without names, every source was judged, if there were lists to judge by. Undefined too when mirroring is not judged. */
function whyNoSource(
  { networkInterfaces, trafficMirrorSessions }: Inventory,
  { account }: Audited,
): string | undefined {
  if (account === null || (networkInterfaces !== undefined && trafficMirrorSessions !== undefined)) return undefined;
  return 'the record names no resource, and the interfaces or sessions were not read';
}
