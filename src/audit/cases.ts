/** What is judged: each instance, task and session with what every rule says of it. */

import type { Inventory } from '../inventory/inventory.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { sessionFindings } from '../mirror/coverage.ts';
import type { Sighting, Tag } from '../sighting/sighting.ts';
import type { ResourceType, RuleId } from './finding.ts';
import { judgeMirroring, MIRROR_RULES, type MirroredResource } from './mirror-coverage.ts';
import type { Ruling } from './ruling.ts';
import type { Subject } from './subjects.ts';
import { judgeInstanceTags } from './tag-coverage.ts';
import type { TagPolicy } from './tag-policy.ts';
import {
  createdOn,
  type DeletedFrom,
  evidenceAbout,
  interfacesTouched,
  sourcesWithoutSession,
  unexplainedDeletions,
} from './touched-interfaces.ts';

/** What an audit looks at. */
export interface AuditInput {
  readonly inventory: Inventory;
  /** Of this account and region. */
  readonly sightings: readonly Sighting[];
  /** What is to be judged without a sighting: a re-check. */
  readonly asked?: { readonly instanceIds: readonly string[]; readonly networkInterfaceIds: readonly string[] };
  /** `sighted`: what the sightings touched and what was asked for; `all`: everything that lives. */
  readonly scope: 'all' | 'sighted';
  readonly now: Date;
  /** Interfaces that AWS has refused for good, with its reason. */
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
  /**
   * What deleted sessions were on, where that was found out. @default every source that has no session is taken for it: somebody
   * deleted something, and these are what is missing
   */
  readonly deletedFrom?: DeletedFrom | undefined;
}

/** A rule's ruling on a resource, with what a finding needs to know of the resource. */
export interface Case {
  readonly rule: RuleId;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly ruling: Ruling;
  readonly tags: readonly Tag[];
  /** When the newest record about it was made, where there is one. */
  readonly seenAt?: Date | undefined;
  readonly place?: { readonly vpcId?: string | undefined; readonly availabilityZone?: string | undefined };
}

/** Whether one instance carries its tags. */
export function tagCase(subject: Subject, policy: TagPolicy, { region }: Inventory): Case {
  const { instanceId, instance, sighted } = subject;
  const ruling = subject.state === 'present' ? judgeInstanceTags(subject, policy, region) : absent(subject);
  return {
    rule: 'instance-untagged',
    resourceType: 'AWS::EC2::Instance',
    resourceId: instanceId,
    ruling,
    tags: tagsOf(subject),
    ...(sighted !== undefined && { seenAt: sighted.lastSeen }),
    place: { ...sighted?.launched, ...instance },
  };
}

function absent({ state, sighted }: Subject): Ruling {
  const gone = sighted?.goneEvidence;
  if (state === 'gone')
    return { result: 'gone', reason: 'the instance no longer exists', ...(gone !== undefined && { evidence: [gone] }) };
  return { result: 'unknown', reason: 'EC2 does not show the instance: it was just launched, or could not be read' };
}

/** What the mirror rules say of each resource, and of sessions without a source. */
export function mirrorCases(
  input: AuditInput,
  subjects: readonly Subject[],
  resources: readonly MirroredResource[],
  account: AccountIndex,
): readonly Case[] {
  const { inventory, sightings } = input;
  const deletedFrom = sourcesOfDeletions(input, account);
  const bySubject = new Map(subjects.map((subject) => [subject.instanceId, subject]));
  // What belongs to no instance and no task (a NAT gateway's interface) is nobody's finding while it is exempt.
  const owned = resources.filter(
    ({ resourceType, interfaces }) =>
      resourceType !== 'AWS::EC2::NetworkInterface' || interfaces.some(({ verdict }) => verdict.kind !== 'exempt'),
  );
  const judged = owned.flatMap((resource) => {
    const evidence = evidenceAbout(
      resource.interfaces.map(({ networkInterface }) => networkInterface),
      sightings,
      account,
      deletedFrom,
    );
    const subject = bySubject.get(resource.resourceId);
    const tags =
      subject === undefined
        ? resource.interfaces.flatMap(({ networkInterface }) => networkInterface.tags)
        : tagsOf(subject);
    return MIRROR_RULES.map(
      (rule): Case => ({
        rule,
        ...resource,
        tags,
        ruling: judgeMirroring(rule, resource, evidence, inventory.region),
        ...(evidence[0] !== undefined && { seenAt: new Date(evidence[0].eventTime) }),
      }),
    );
  });
  const seen = new Set(resources.map(({ resourceId }) => resourceId));
  const unseen = subjects
    .filter(({ instanceId }) => !seen.has(instanceId))
    .flatMap((subject) => {
      const ruling = subject.state !== 'present' ? absent(subject) : withoutInterfaces(inventory);
      return MIRROR_RULES.map(
        (rule): Case => ({
          rule,
          resourceType: 'AWS::EC2::Instance',
          resourceId: subject.instanceId,
          ruling,
          tags: tagsOf(subject),
          ...(subject.sighted !== undefined && { seenAt: subject.sighted.lastSeen }),
        }),
      );
    });
  return [...judged, ...unseen, ...orphanCases(input, account)];
}

function withoutInterfaces({ networkInterfaces, unread }: Inventory): Ruling {
  if (networkInterfaces === undefined)
    return {
      result: 'unknown',
      reason: `the network interfaces could not be read${unread?.networkInterfaces === undefined ? '' : `: ${unread.networkInterfaces}`}`,
    };
  return { result: 'unknown', reason: 'the instance has no interface to be seen' };
}

/** What the deleted sessions were on: as it was found out, and as creations among the sightings tell. */
function sourcesOfDeletions({ sightings, deletedFrom }: AuditInput, account: AccountIndex): DeletedFrom {
  const created = createdOn(sightings);
  if (deletedFrom !== undefined) return new Map([...deletedFrom, ...created]);
  const unexplained = unexplainedDeletions(sightings, account);
  const bare = unexplained.length === 0 ? [] : account.once(sourcesWithoutSession);
  return new Map([
    ...unexplained.map(({ trafficMirrorSessionId = '' }) => [trafficMirrorSessionId, bare] as const),
    ...created,
  ]);
}

function orphanCases(input: AuditInput, account: AccountIndex): readonly Case[] {
  const { inventory, scope, sightings } = input;
  const touched = scope === 'all' ? null : interfacesTouched(sightings, account);
  const orphans = sessionFindings(account).filter(
    ({ kind, networkInterfaceId }) => kind === 'orphan' && (touched === null || touched.has(networkInterfaceId)),
  );
  return orphans.map(({ trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, reason, managed }): Case => {
    const detail = { networkInterfaceId, trafficMirrorTargetId, managed };
    const fix = `aws ec2 delete-traffic-mirror-session --region ${inventory.region} --traffic-mirror-session-id ${trafficMirrorSessionId}`;
    const ruling: Ruling = {
      result: 'fail',
      reason: `${trafficMirrorSessionId} is billed for nothing: ${reason}.`,
      detail,
      evidence: [],
      fix,
    };
    return {
      rule: 'mirror-orphan',
      resourceType: 'AWS::EC2::TrafficMirrorSession',
      resourceId: trafficMirrorSessionId,
      ruling,
      tags: [],
    };
  });
}

/** The interfaces of the instances that are judged, those that sightings name, and with `all` every other (tasks have no instance). */
export function interfacesToJudge(
  input: AuditInput,
  subjects: readonly Subject[],
  account: AccountIndex,
): readonly NetworkInterface[] {
  const { inventory, sightings, scope, asked } = input;
  const all = inventory.networkInterfaces ?? [];
  const present = new Set(subjects.filter(({ state }) => state === 'present').map(({ instanceId }) => instanceId));
  const touched = interfacesTouched(sightings, account, sourcesOfDeletions(input, account));
  const askedFor = new Set(asked?.networkInterfaceIds);
  const named = all.filter(({ networkInterfaceId: id }) => touched.has(id) || askedFor.has(id));
  // A finding is made of a resource: its instance is judged by all its interfaces, whichever of them was named.
  const whole = new Set(named.flatMap(({ attachment }) => attachment?.instanceId ?? []));
  return all.filter(({ networkInterfaceId, attachment }) => {
    const instanceId = attachment?.instanceId;
    if (instanceId !== undefined && (present.has(instanceId) || whole.has(instanceId))) return true;
    if (scope === 'all') return instanceId === undefined;
    return touched.has(networkInterfaceId) || askedFor.has(networkInterfaceId);
  });
}

function tagsOf({ instance, sighted }: Subject): readonly Tag[] {
  if (instance !== undefined) return instance.tags;
  return [...(sighted?.tags.values ?? [])].flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
}
