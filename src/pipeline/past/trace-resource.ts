/** Finds a resource in accounts and records, and traces its life. */

import type { Finding } from '../../audit/finding.ts';
import type { ResourceType } from '../../audit/rule-answer.ts';
import { type Investigation, idsOfResources, investigate, judgedBy, launchOf } from '../../causes/attribute.ts';
import { effectsOn } from '../../causes/history.ts';
import { idsOf, surroundingsOf } from '../../causes/surroundings.ts';
import { type Timeline, timelineOf } from '../../causes/timeline.ts';
import { groupBy } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { ChangingCall } from '../../ledger/change-log.ts';
import { resourceOf } from '../../mirror/eligibility.ts';
import { auditPolicyFor } from '../assess.ts';
import { withOursByNotes } from '../proof/proof.ts';
import { callsBefore, type RecordedPast } from './assess-past.ts';
import { type KeptCalls, withKeptCalls } from './kept-calls.ts';
import type { OlderAccounts } from './older-accounts.ts';
import { oneLife } from './one-life.ts';
import { withUnprovenEnds } from './unproven-ends.ts';

/** Which resource to trace, and in which records. */
export interface TraceRequest extends RecordedPast {
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** When the account was read, if that is known. */
  readonly accountReadAt?: Date | undefined;
  /** What was kept of earlier calls. */
  readonly kept?: KeptCalls | undefined;
  /** The accounts as they were read at earlier times, which may tell what records lack. @default none */
  readonly older?: OlderAccounts | undefined;
}

/** A resource that was found, ready to be traced. */
export interface FoundResource {
  readonly scope: Scope;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly name?: string | undefined;
  /** Whether anything is required of it: tags only of instances, mirroring only if it is configured. */
  readonly judged: { readonly tags: boolean; readonly mirroring: boolean };
  /** The ids of what its compliance depends on. */
  readonly around: ReadonlySet<string>;
  readonly sightings: readonly ChangingCall[];
  /** Its life in a period. Before the first record and after the last one, it is unknown. */
  trace(period: { readonly since: Date; readonly until: Date }): Timeline;
}

/** The resource with that id; undefined if neither an account nor a record has it. Throws if an account can't be read. */
export async function findResource(
  { id, scopes, sightings, spans, accountReadAt, kept, older }: TraceRequest,
  source: InventorySource,
  config: Config,
): Promise<FoundResource | undefined> {
  const byScope = groupBy(sightings, scopeKey);
  for (const scope of scopes) {
    const policy = { ...auditPolicyFor(config, scope), openGroups: null };
    const read = await source.load(scope, { kind: 'all' }, { mirroring: policy.mirror !== null });
    const inventory = await withOursByNotes(read, policy.mirror, kept);
    const calls = await withKeptCalls(byScope.get(scopeKey(scope)) ?? [], scope, kept, [id]);
    const own = callsBefore(calls, accountReadAt);
    const investigation = investigate({ inventory, sightings: own, policy, older: older?.get(scopeKey(scope)) });
    const found = identify(id, investigation);
    if (found === undefined) continue;
    const { ids, resourceType, judgedAs } = found;
    return {
      ...{ scope, resourceType, sightings: own, resourceId: id, name: nameIn(id, investigation) },
      around: idsOf(surroundingsOf(ids, investigation.history)),
      judged: {
        tags: resourceType === 'AWS::EC2::Instance' && policy.tags.requiredTags.length > 0,
        mirroring: policy.mirror !== null,
      },
      trace: (period) =>
        withUnprovenEnds(spans.get(scopeKey(scope)), period, isMadeByRecord(id, investigation), (proven) =>
          oneLife(
            judgedAs.map((judged) => timelineOf({ by: judgedBy(judged, investigation), ids }, proven, investigation)),
          ),
        ),
    };
  }
  return undefined;
}

interface Identified {
  readonly resourceType: ResourceType;
  readonly ids: readonly string[];
  /** What it is judged as. An interface is judged as a part of what it was attached to at the time, or by itself. */
  readonly judgedAs: readonly [Judged, ...Judged[]];
}

type Judged = Pick<Finding, 'resourceType' | 'resourceId'>;

/** What has that id, now or by the records. */
function identify(id: string, investigation: Investigation): Identified | undefined {
  const { account, callsOn, relations } = investigation.history;
  const isRecorded = callsOn.has(id);
  if (id.startsWith('tms-'))
    return account.sessions.has(id) || isRecorded || relations.sessions.has(id)
      ? alone({ resourceType: 'AWS::EC2::TrafficMirrorSession', resourceId: id })
      : undefined;
  if (id.startsWith('eni-')) {
    const now = account.networkInterfaces.get(id);
    if (now === undefined && !isRecorded) return undefined;
    const itself: Judged = { resourceType: 'AWS::EC2::NetworkInterface', resourceId: id };
    const owner = now === undefined ? itself : resourceOf(now);
    const instances = [...(relations.instancesOf.get(id) ?? [])].map(
      (resourceId): Judged => ({ resourceType: 'AWS::EC2::Instance', resourceId }),
    );
    return { ...alone(itself), judgedAs: [owner, ...instances, itself] };
  }
  if (id.startsWith('arn:')) {
    const task = { resourceType: 'AWS::ECS::Task', resourceId: id } as const;
    const ids = idsOfResources(investigation)(task);
    return ids.length === 0 ? undefined : { ...alone(task), ids };
  }
  if (!account.instances.has(id) && !isRecorded) return undefined;
  return alone({ resourceType: 'AWS::EC2::Instance', resourceId: id });
}

function alone(judged: Judged): Identified {
  return { resourceType: judged.resourceType, ids: [judged.resourceId], judgedAs: [judged] };
}

/** True if a record shows how it came to be: before that, it did not exist. */
function isMadeByRecord(id: string, { history }: Investigation): boolean {
  if (launchOf(id, history) !== undefined) return true;
  const [first] = history.callsOn.get(id) ?? [];
  const effects = first === undefined ? [] : effectsOn(id, first, history);
  return effects.some(({ operation }) => operation === 'create');
}

function nameIn(id: string, { history: { account } }: Investigation): string | undefined {
  const tagged = account.instances.get(id) ?? account.networkInterfaces.get(id) ?? account.sessions.get(id);
  return tagged?.tags.find(({ key }) => key === 'Name')?.value || undefined;
}
