/** The truth about every instance: when it missed its tag, and when nothing mirrored it. Made from the world alone. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import { FILTER, FOREIGN_FILTER, SUSPICION_FILTER } from '../world/account.ts';
import { taskOf } from '../world/tasks.ts';

/** The rules whose truth the world shows. */
export type TrueRule = 'instance-untagged' | 'instance-unmirrored' | 'mirror-rogue' | LacksTag;
/** Misses a tag, whether it is required or not. */
export type LacksTag = `lacks ${string}`;

/** Every tag that some configuration requires. */
const TAGS = ['CostCenter', 'Team'] as const;

/** A time during which a rule was violated; `until` is undefined while it is. */
export interface Span {
  readonly since: number;
  until: number | undefined;
}

/** What is true of one rule and resource. */
export interface Fact {
  readonly accountId: string;
  readonly rule: TrueRule;
  readonly resourceId: string;
  readonly spans: Span[];
}

/** Watches a world. */
export interface Truth {
  readonly observe: (cloud: Cloud, accountId: string) => void;
  /** Every rule and resource that was ever violated under the configuration of its time. */
  facts(): readonly Fact[];
  /** Every tag and instance that ever missed it. */
  lacks(): readonly Fact[];
}

/** An observer of a world. Sensors need tags, and are nobody's sources. */
export function truthOf(): Truth {
  const facts = new Map<string, Fact>();
  return {
    facts: () => [...facts.values()].filter(({ rule }) => !rule.startsWith('lacks')),
    lacks: () => [...facts.values()].filter(({ rule }) => rule.startsWith('lacks')),
    observe(cloud, accountId) {
      const now = cloud.clock.now();
      const targets = new Map(
        (cloud.account(accountId).lists.TrafficMirrorTargets ?? []).map((each) => [each.TrafficMirrorTargetId, each]),
      );
      const sensors = new Set([...targets.values()].map(({ NetworkInterfaceId }) => NetworkInterfaceId));
      const launched = new Set(cloud.sensorChanges.map(({ instanceId }) => instanceId));
      for (const instance of cloud.instances(accountId)) {
        const interfaces = (instance.NetworkInterfaces as Item[]).map(({ NetworkInterfaceId }) => NetworkInterfaceId);
        const isSensor = interfaces.some((id) => sensors.has(id)) || launched.has(instance.InstanceId);
        const exists = instance.State.Name !== 'terminated';
        const runs = ['pending', 'running'].includes(instance.State.Name);
        const sessions = cloud.sessions(accountId).filter((each) => interfaces.includes(each.NetworkInterfaceId));
        const isSuspected = needsSuspicion(cloud, instance.InstanceId, interfaces, sessions);
        const lacks = (tag: string): boolean =>
          !(instance.Tags as Item[]).some(({ Key, Value }) => Key === tag && Value);
        const violated: Readonly<Record<TrueRule, boolean>> = {
          'instance-untagged': exists && cloud.requiredTags.some(lacks),
          ...Object.fromEntries(TAGS.map((tag) => [`lacks ${tag}`, exists && lacks(tag)])),
          'instance-unmirrored': runs && !isSensor && (isSuspected || !areMirrored(interfaces, sessions, FILTER)),
          'mirror-rogue': exists && sessions.some((each) => each.TrafficMirrorFilterId === FOREIGN_FILTER),
        };
        for (const [rule, isViolated] of Object.entries(violated) as [TrueRule, boolean][])
          note(facts, { accountId, rule, resourceId: instance.InstanceId, isViolated, now });
      }
      observeTasks(facts, cloud, accountId);
    },
  };
}

/** A task needs a session while it has its interface. */
function observeTasks(facts: Map<string, Fact>, cloud: Cloud, accountId: string): void {
  const [rule, now] = ['instance-unmirrored', cloud.clock.now()] as const;
  const owners = (cloud.account(accountId).lists.NetworkInterfaces ?? []).filter(
    ({ RequesterManaged }) => RequesterManaged,
  );
  const present = new Map(owners.map((each) => [taskOf(each), each.NetworkInterfaceId]));
  for (const fact of facts.values())
    if (fact.accountId === accountId && isTask(fact) && !present.has(fact.resourceId))
      note(facts, { ...fact, isViolated: false, now });
  for (const [resourceId, id] of present) {
    const sessions = cloud.sessions(accountId).filter((each) => each.NetworkInterfaceId === id);
    const isSuspected = needsSuspicion(cloud, resourceId, [id], sessions);
    const isViolated = isSuspected || !areMirrored([id], sessions, FILTER);
    note(facts, { accountId, rule, resourceId, isViolated, now });
  }
}

function areMirrored(interfaces: readonly string[], sessions: readonly Item[], filterId: string): boolean {
  return interfaces.every((id) =>
    sessions.some((each) => each.NetworkInterfaceId === id && each.TrafficMirrorFilterId === filterId),
  );
}

/** Whether GuardDuty asks for sessions that were never made. Once they are, nobody makes them again. */
function needsSuspicion(
  { suspected, clock }: Cloud,
  resourceId: string,
  interfaces: readonly string[],
  sessions: readonly Item[],
): boolean {
  const until = suspected.get(resourceId);
  if (until === undefined) return false;
  const serving = sessions.filter((session) => !isOver(session, clock.now()));
  if (until > clock.now() && !areMirrored(interfaces, serving, SUSPICION_FILTER)) return true;
  suspected.delete(resourceId);
  return false;
}

/** Whether a session on suspicion was made for a time that is over. It is deleted, so it serves no later suspicion. */
function isOver({ Tags = [] }: Item, now: number): boolean {
  const until = (Tags as Item[]).find(({ Key }) => Key === 'mirrorwatch:until')?.Value;
  return until !== undefined && Date.parse(until) <= now;
}

/** Whether the fact is about a Fargate task. */
export function isTask({ resourceId }: Pick<Fact, 'resourceId'>): boolean {
  return resourceId.startsWith('arn:aws:ecs:');
}

function note(
  facts: Map<string, Fact>,
  {
    accountId,
    rule,
    resourceId,
    isViolated,
    now,
  }: {
    readonly accountId: string;
    readonly rule: TrueRule;
    readonly resourceId: string;
    readonly isViolated: boolean;
    readonly now: number;
  },
): void {
  const key = `${rule} ${accountId} ${resourceId}`;
  const fact = facts.get(key);
  const last = fact?.spans.at(-1);
  const isOpen = last !== undefined && last.until === undefined;
  if (isOpen === isViolated) return;
  if (isOpen) last.until = now;
  else if (fact === undefined)
    facts.set(key, { accountId, rule, resourceId, spans: [{ since: now, until: undefined }] });
  else fact.spans.push({ since: now, until: undefined });
}

/** Whether the rule was violated at some time between two times. */
export function wasViolated(fact: Fact | undefined, from: number, to: number): boolean {
  return fact?.spans.some(({ since, until = Number.POSITIVE_INFINITY }) => since <= to && until >= from) ?? false;
}

/** Whether the rule is violated at a time. */
export function isOpenAt({ spans }: Fact, at: number): boolean {
  return spans.some(({ since, until = Number.POSITIVE_INFINITY }) => since <= at && until > at);
}

/** Whether the rule is violated at the end. */
export function isOpen({ spans }: Fact): boolean {
  return spans.length > 0 && spans.at(-1)?.until === undefined;
}

/** The spans, with those made one that less than `gapMs` separates. */
export function merged(spans: readonly Span[], gapMs: number): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last?.until !== undefined && span.since - last.until < gapMs) last.until = span.until;
    else result.push({ ...span });
  }
  return result;
}
