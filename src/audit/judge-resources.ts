/** Applies each rule to the resources it judges (instances, mirrored resources, sessions). One answer per rule and resource. */

import { tagValue } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { sessionFindings } from '../mirror/coverage.ts';
import type { Sighting, Tag } from '../sighting/sighting.ts';
import type { MirroredResource } from './mirrored-resource.ts';
import { type DeletedFrom, evidenceAbout } from './mirroring/touched-interfaces.ts';
import { appliesTo, type Rule } from './rule.ts';
import type { ResourceType, RuleAnswer } from './rule-answer.ts';
import { type BuiltInRuleId, ruleIds } from './rule-book.ts';
import { RULES } from './rules/registry.ts';
import type { Subject } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';
import { tagsShownBy } from './tag-state.ts';

/** A rule's answer about a resource, with the facts about the resource that a finding needs. */
export interface JudgedResource {
  readonly rule: BuiltInRuleId;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly answer: RuleAnswer;
  readonly tags: readonly Tag[];
  readonly place?: { readonly vpcId?: string | undefined; readonly availabilityZone?: string | undefined } | undefined;
}

/** Applies the instance rules to each subject. Subjects that are gone or unknown get their answer without asking the rule. */
export function judgeInstances(
  subjects: readonly Subject[],
  policy: TagPolicy,
  inventory: Inventory,
): readonly JudgedResource[] {
  const { region } = inventory;
  const ids = ruleIds();
  return subjects.flatMap((subject) => {
    const { instanceId, instance, sighted } = subject;
    return ids.flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      if (rule.judges !== 'instance') return [];
      return [
        {
          rule: id,
          resourceType: rule.appliesTo[0],
          resourceId: instanceId,
          answer:
            subject.state === 'present' ? rule.judge(subject, { policy, region }) : absentAnswer(subject, inventory),
          tags: tagsOf(subject),
          place: { ...sighted?.launched, ...instance },
        },
      ];
    });
  });
}

/** The type of every subject. */
const INSTANCE = 'AWS::EC2::Instance' satisfies MirroredResource['resourceType'];

/** What the mirror rules judge, with the context they need. */
export interface MirrorJudging {
  readonly subjects: readonly Subject[];
  readonly resources: readonly MirroredResource[];
  readonly account: AccountIndex;
  readonly sightings: readonly Sighting[];
  readonly deletedFrom: DeletedFrom;
}

/** Applies the mirror rules to each resource, and to subjects without any interface in the account. */
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
  const judged = resources.filter(canNeedFixing).flatMap((resource) => {
    const networkInterfaces = resource.interfaces.map(({ networkInterface }) => networkInterface);
    const evidence = evidenceAbout(networkInterfaces, sightings, account, deletedFrom);
    const subject = bySubject.get(resource.resourceId);
    const { resourceType, resourceId } = resource;
    const instance = resourceType === INSTANCE ? account.instance(resourceId) : 'gone';
    const ownTags = typeof instance === 'object' ? instance.tags : networkInterfaces.flatMap((each) => each.tags);
    const tags = subject === undefined ? ownTags : tagsOf(subject);
    return ids.flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      if (rule.judges !== 'mirrored-resource' || !appliesTo(rule, resourceType)) return [];
      const answer = rule.judge(resource, { region: inventory.region, evidence });
      return [{ rule: id, resourceType, resourceId, answer, tags }];
    });
  });
  const found = new Set(resources.map(({ resourceId }) => resourceId));
  const notFound = subjects
    .filter(({ instanceId }) => !found.has(instanceId))
    .flatMap((subject) =>
      ids
        .filter((id) => isAskedAbout(RULES[id], subject))
        .map(
          (rule): JudgedResource => ({
            rule,
            resourceType: INSTANCE,
            resourceId: subject.instanceId,
            answer: subject.state === 'present' ? noInterfacesAnswer(inventory) : absentAnswer(subject, inventory),
            tags: tagsOf(subject),
          }),
        ),
    );
  return [...judged, ...notFound];
}

/** Figures say nothing of an instance without interfaces, unless it is gone. */
function isAskedAbout(rule: Rule, { state }: Subject): boolean {
  return (
    appliesTo(rule, INSTANCE) &&
    (rule.judges === 'mirrored-resource' || (rule.judges === 'traffic' && state === 'gone'))
  );
}

/** Applies the session rules to the sessions on the `touched` interfaces, or to every session if that is null. */
export function judgeSessions(account: AccountIndex, touched: ReadonlySet<string> | null): readonly JudgedResource[] {
  const { region } = account.inventory;
  const sessions = sessionFindings(account).filter(
    ({ networkInterfaceId }) => touched === null || touched.has(networkInterfaceId),
  );
  return sessions.flatMap((session) =>
    ruleIds().flatMap((id): readonly JudgedResource[] => {
      const rule = RULES[id];
      if (rule.judges !== 'session') return [];
      const answer = rule.judge(session, { region });
      if (answer === undefined) return [];
      const { trafficMirrorSessionId: resourceId } = session;
      return [{ rule: id, resourceType: rule.appliesTo[0], resourceId, answer, tags: [] }];
    }),
  );
}

/** False for interfaces that belong to no instance or task and are exempt, such as a NAT gateway's: there is nothing to fix. */
function canNeedFixing({ resourceType, interfaces }: MirroredResource): boolean {
  return resourceType !== 'AWS::EC2::NetworkInterface' || interfaces.some(({ verdict }) => verdict.kind !== 'exempt');
}

function absentAnswer({ state, sighted }: Subject, { instances }: Inventory): RuleAnswer {
  if (state === 'unknown')
    return {
      result: 'unknown',
      reason: 'EC2 does not list the instance as one of this account: it was just launched or could not be read',
    };
  const gone = sighted?.goneEvidence;
  const goneAt = gone === undefined ? undefined : new Date(gone.eventTime);
  return {
    result: 'gone',
    reason: 'the instance no longer exists',
    evidence: gone === undefined ? [] : [gone],
    decided: instances === undefined && goneAt !== undefined ? { since: goneAt, asOf: goneAt } : undefined,
  };
}

function noInterfacesAnswer({ networkInterfaces, unread }: Inventory): RuleAnswer {
  if (networkInterfaces !== undefined)
    return { result: 'unknown', reason: 'no network interface of the instance was found' };
  const why = unread?.networkInterfaces === undefined ? '' : `: ${unread.networkInterfaces}`;
  return { result: 'unknown', reason: `the network interfaces could not be read${why}` };
}

function tagsOf({ instance, sighted }: Subject): readonly Tag[] {
  if (instance !== undefined) return instance.tags;
  if (sighted === undefined) return [];
  return [...tagsShownBy(sighted).tags.values].flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
}

/** The Name and Owner of a resource; an empty tag counts as none. */
export function namedTags(tags: readonly Tag[]): {
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
  readonly autoScalingGroupName?: string | undefined;
} {
  const owner = tagValue(tags, 'Owner') ?? tagValue(tags, 'owner');
  const autoScalingGroupName = tagValue(tags, 'aws:autoscaling:groupName') || undefined;
  return { name: tagValue(tags, 'Name') || undefined, owner, autoScalingGroupName };
}
