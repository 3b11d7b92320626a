/** Puts every rule to the resources it judges: instances, mirrored resources, sessions. One answer for each rule and resource. */

import { tagValue } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { sessionFindings } from '../mirror/coverage.ts';
import type { Sighting, Tag } from '../sighting/sighting.ts';
import type { MirroredResource } from './mirrored-resource.ts';
import type { ResourceType, RuleAnswer } from './rule-answer.ts';
import { type BuiltInRuleId, ruleIds } from './rule-book.ts';
import { RULES } from './rules/registry.ts';
import type { Subject } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';
import { type DeletedFrom, evidenceAbout } from './touched-interfaces.ts';

/** What a rule says of a resource, with what a finding needs to know of the resource. */
export interface JudgedResource {
  readonly rule: BuiltInRuleId;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly answer: RuleAnswer;
  readonly tags: readonly Tag[];
  /** When the newest record about it was made, where there is one. */
  readonly seenAt?: Date | undefined;
  readonly place?: { readonly vpcId?: string | undefined; readonly availabilityZone?: string | undefined } | undefined;
}

/** The rules on instances, for each subject. A subject that is not there is answered for without asking the rule. */
export function judgeInstances(
  subjects: readonly Subject[],
  policy: TagPolicy,
  { region }: Inventory,
): readonly JudgedResource[] {
  const ids = ruleIds();
  return subjects.flatMap((subject) => {
    const { instanceId, instance, sighted } = subject;
    return ids.flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      if (rule.judges !== 'instance') return [];
      return [
        {
          rule: id,
          resourceType: 'AWS::EC2::Instance',
          resourceId: instanceId,
          answer: subject.state === 'present' ? rule.judge(subject, { policy, region }) : absentAnswer(subject),
          tags: tagsOf(subject),
          seenAt: sighted?.lastSeen,
          place: { ...sighted?.launched, ...instance },
        },
      ];
    });
  });
}

/** What the mirror rules judge, and what they need to know besides. */
export interface MirrorJudging {
  readonly subjects: readonly Subject[];
  readonly resources: readonly MirroredResource[];
  readonly account: AccountIndex;
  readonly sightings: readonly Sighting[];
  readonly deletedFrom: DeletedFrom;
}

/** The mirror rules, for each resource and for subjects of which no interface was found. */
export function judgeMirroredResources({
  subjects,
  resources,
  account,
  sightings,
  deletedFrom,
}: MirrorJudging): readonly JudgedResource[] {
  const { inventory } = account;
  const ids = ruleIds();
  const bySubject = new Map(subjects.map((subject) => [subject.instanceId, subject]));
  const judged = resources.filter(isSomeonesToFix).flatMap((resource) => {
    const networkInterfaces = resource.interfaces.map(({ networkInterface }) => networkInterface);
    const evidence = evidenceAbout(networkInterfaces, sightings, account, deletedFrom);
    const subject = bySubject.get(resource.resourceId);
    const tags = subject === undefined ? networkInterfaces.flatMap((each) => each.tags) : tagsOf(subject);
    const seenAt = evidence[0] === undefined ? undefined : new Date(evidence[0].eventTime);
    const { resourceType, resourceId } = resource;
    return ids.flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      if (rule.judges !== 'mirrored-resource') return [];
      const answer = rule.judge(resource, { region: inventory.region, evidence });
      return [{ rule: id, resourceType, resourceId, answer, tags, seenAt }];
    });
  });
  const found = new Set(resources.map(({ resourceId }) => resourceId));
  const notFound = subjects
    .filter(({ instanceId }) => !found.has(instanceId))
    .flatMap((subject) =>
      ids
        .filter((id) => RULES[id].judges === 'mirrored-resource')
        .map(
          (rule): JudgedResource => ({
            rule,
            resourceType: 'AWS::EC2::Instance',
            resourceId: subject.instanceId,
            answer: subject.state === 'present' ? noInterfacesAnswer(inventory) : absentAnswer(subject),
            tags: tagsOf(subject),
            seenAt: subject.sighted?.lastSeen,
          }),
        ),
    );
  return [...judged, ...notFound];
}

/** The session rules. `touched` restricts them to sessions on these interfaces; null means every session. */
export function judgeSessions(account: AccountIndex, touched: ReadonlySet<string> | null): readonly JudgedResource[] {
  const { region } = account.inventory;
  const sessions = sessionFindings(account).filter(
    ({ networkInterfaceId }) => touched === null || touched.has(networkInterfaceId),
  );
  return sessions.flatMap((session) =>
    ruleIds().flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      const answer = rule.judges === 'session' ? rule.judge(session, { region }) : undefined;
      if (answer === undefined) return [];
      const { trafficMirrorSessionId: resourceId } = session;
      return [{ rule: id, resourceType: 'AWS::EC2::TrafficMirrorSession', resourceId, answer, tags: [] }];
    }),
  );
}

/** An exempt interface of neither an instance nor a task (a NAT gateway's) is nobody's to fix and gives no finding. */
function isSomeonesToFix({ resourceType, interfaces }: MirroredResource): boolean {
  return resourceType !== 'AWS::EC2::NetworkInterface' || interfaces.some(({ verdict }) => verdict.kind !== 'exempt');
}

function absentAnswer({ state, sighted }: Subject): RuleAnswer {
  const gone = sighted?.goneEvidence;
  if (state === 'gone')
    return { result: 'gone', reason: 'the instance no longer exists', evidence: gone === undefined ? [] : [gone] };
  return { result: 'unknown', reason: 'EC2 does not show the instance: it was just launched, or could not be read' };
}

function noInterfacesAnswer({ networkInterfaces, unread }: Inventory): RuleAnswer {
  if (networkInterfaces !== undefined)
    return { result: 'unknown', reason: 'no network interface of the instance was found' };
  const why = unread?.networkInterfaces === undefined ? '' : `: ${unread.networkInterfaces}`;
  return { result: 'unknown', reason: `the network interfaces could not be read${why}` };
}

function tagsOf({ instance, sighted }: Subject): readonly Tag[] {
  if (instance !== undefined) return instance.tags;
  return [...(sighted?.tags.values ?? [])].flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
}

/** The Name and Owner of a resource; an empty tag counts as none. */
export function namedTags(tags: readonly Tag[]): {
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
} {
  const owner = tagValue(tags, 'Owner') ?? tagValue(tags, 'owner');
  return { name: tagValue(tags, 'Name') || undefined, owner };
}
