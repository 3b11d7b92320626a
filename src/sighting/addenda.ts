/** Folds a call's record and its addenda, which repeat it with details that came later, into one sighting. */

import { compareText } from '../collections.ts';
import type { Change } from './changes/change.ts';
import type { InstanceLaunched } from './changes/instances.ts';
import { namedIds } from './record-readers.ts';
import type { Evidence, LaunchedInstance, Sighting } from './sighting.ts';

/** What folding needs of a call. */
type Call = Pick<Sighting, 'evidence' | 'changes'>;

/**
 * The sightings, each call once: an addendum (`UPDATED_DATA`) completes the sighting of its record, or of its earlier addenda if the
 * record was not read. Time, actor and evidence stay those of the record. Of what both say, the later one counts.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function withAddenda(sightings: readonly Sighting[]): readonly Sighting[] {
  return folded(sightings, {
    place: (sighting) => `${scopeAndKind(sighting)} ${'rule' in sighting ? sighting.rule : ''}`,
    concerns: isAboutSame,
    join: (first, addendum) => joinedSighting(first, addendum),
  });
}

function scopeAndKind({ accountId, region, kind }: Sighting): string {
  return `${accountId} ${region} ${kind}`;
}

/** The calls of one account and region, each once, with the changes that its record and its addenda tell. */
export function changesWithAddenda<T extends Call>(calls: readonly T[]): readonly T[] {
  return folded(calls, {
    place: () => '',
    concerns: () => true,
    join: (first, addendum) => ({
      ...first,
      evidence: joinedEvidence(first.evidence, addendum.evidence, true),
      changes: joinedChanges(first.changes, addendum.changes),
    }),
  });
}

interface Folding<T> {
  /** Calls with one `eventID` and `eventName` are one only in one place. */
  readonly place: (call: T) => string;
  /** False for two that can't be one call: published records reuse an id. */
  readonly concerns: (first: T, addendum: T) => boolean;
  readonly join: (first: T, addendum: T) => T;
}

function folded<T extends Call>(calls: readonly T[], { place, concerns, join }: Folding<T>): readonly T[] {
  const addenda = calls.filter(isAddendum).toSorted(byDelivery);
  if (addenda.length === 0) return calls;
  const origins = new Map(addenda.map(({ evidence: { addendumID = '', eventID } }) => [addendumID, eventID]));
  const keyOf = (call: T): string =>
    `${originOf(call.evidence.eventID, origins)} ${call.evidence.eventName} ${place(call)}`;
  const awaited = new Set(addenda.map(keyOf));
  const others = calls.filter((call) => !isAddendum(call));
  const byKey = new Map<string, T[]>();
  for (const call of others) if (awaited.has(keyOf(call))) pushTo(byKey, keyOf(call), call);
  for (const addendum of addenda) {
    const firsts = byKey.get(keyOf(addendum)) ?? [];
    if (!firsts.some((first) => concerns(first, addendum))) pushTo(byKey, keyOf(addendum), addendum);
    else
      firsts.forEach((first, index) => {
        if (concerns(first, addendum)) firsts[index] = join(first, addendum);
      });
  }
  return [...others.filter((call) => !awaited.has(keyOf(call))), ...[...byKey.values()].flat()];
}

function isAddendum({ evidence: { addendumID } }: Call): boolean {
  return addendumID !== undefined;
}

/** The id of the call: an addendum may name another addendum as its original. */
function originOf(eventID: string, origins: ReadonlyMap<string, string>): string {
  let origin = eventID;
  for (let steps = 0; steps < origins.size; steps += 1) {
    const next = origins.get(origin);
    if (next === undefined || next === origin) return origin;
    origin = next;
  }
  return origin;
}

/** The order in which addenda were written, as far as their times and the names of their files tell. */
function byDelivery({ evidence: one }: Call, { evidence: other }: Call): number {
  return (
    compareText(one.eventTime, other.eventTime) ||
    compareText(one.logFile ?? '', other.logFile ?? '') ||
    compareText(one.addendumID ?? '', other.addendumID ?? '')
  );
}

function pushTo<T>(byKey: Map<string, T[]>, key: string, call: T): void {
  const known = byKey.get(key);
  if (known === undefined) byKey.set(key, [call]);
  else known.push(call);
}

function isAboutSame(first: Sighting, addendum: Sighting): boolean {
  const [ids, others] = [namedIds(first), new Set(namedIds(addendum))];
  return ids.length === 0 || others.size === 0 || ids.some((id) => others.has(id));
}

function joinedSighting(first: Sighting, addendum: Sighting): Sighting {
  if (addendum.withdrawn === true) return { ...first, withdrawn: true };
  const isCompleted = addendum.incomplete !== true;
  const evidence = joinedEvidence(first.evidence, addendum.evidence, isCompleted);
  if (!isCompleted) return { ...first, evidence };
  const changes = joinedChanges(first.changes, addendum.changes);
  const { accountId, region, eventTime, actor } = first;
  const common = { accountId, region, eventTime, actor, evidence, changes };
  if (first.kind !== 'launch' || addendum.kind !== 'launch') return { ...addendum, ...common };
  const reservationId = addendum.reservationId ?? first.reservationId;
  const instances = joinedBy(first.instances, addendum.instances, ({ instanceId }) => instanceId, joinedInstance);
  return { ...addendum, ...common, instances, reservationId };
}

/** The record's evidence. Its note, that something is missing, ends once an addendum has it. */
function joinedEvidence(first: Evidence, { addendumID, note }: Evidence, isCompleted: boolean): Evidence {
  if (!isCompleted) return { ...first, addendumID };
  return { ...first, addendumID, note: first.addendumID === undefined ? undefined : note };
}

function joinedInstance(first: LaunchedInstance, addendum: LaunchedInstance): LaunchedInstance {
  return {
    ...known(first, addendum),
    tags: notEmpty(addendum.tags) ?? first.tags ?? addendum.tags,
    networkInterfaceIds: notEmpty(addendum.networkInterfaceIds) ?? first.networkInterfaceIds,
  };
}

function joinedLaunch(first: InstanceLaunched, addendum: InstanceLaunched): InstanceLaunched {
  return {
    ...known(first, addendum),
    tags: notEmpty(addendum.tags) ?? first.tags ?? addendum.tags,
    networkInterfaces: notEmpty(addendum.networkInterfaces) ?? first.networkInterfaces,
  };
}

/** What the addendum says counts, but a record that couldn't be read exactly takes nothing from one that could. */
function joinedChanges(first: Call['changes'] = [], addendum: Call['changes'] = []): Call['changes'] {
  const [before, after] = [first.filter(isExact), addendum.filter(isExact)];
  if (after.length === 0) return first.length > 0 ? first : addendum;
  if (before.length === 0) return addendum;
  const [launchesBefore, launchesAfter] = [before.filter(isLaunch), after.filter(isLaunch)];
  if (launchesAfter.length === 0) return addendum;
  return joinedBy(launchesBefore, launchesAfter, ({ instanceId }) => instanceId, joinedLaunch);
}

const isExact = ({ kind }: Change): boolean => kind !== 'opaque';
const isLaunch = (change: Change): change is InstanceLaunched => change.kind === 'instance-launched';

/** Everything of the first list, in its order and joined with what the second has of it, then what only the second has. */
function joinedBy<T>(
  first: readonly T[],
  second: readonly T[],
  idOf: (one: T) => string,
  join: (first: T, second: T) => T,
): readonly T[] {
  const added = new Map(second.map((one) => [idOf(one), one]));
  const joined = first.map((one) => {
    const other = added.get(idOf(one));
    added.delete(idOf(one));
    return other === undefined ? one : join(one, other);
  });
  return [...joined, ...added.values()];
}

/** The first value with every field that the second knows. */
function known<T extends object>(first: T, second: T): T {
  const fields = Object.entries(second).filter(([, value]) => value !== undefined);
  return { ...first, ...Object.fromEntries(fields) };
}

function notEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
