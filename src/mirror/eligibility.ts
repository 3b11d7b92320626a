/** Whether an interface is to be mirrored at all, and by which rule; every no is an exemption with its reason. */

import { type Instance, tagValue } from '../inventory/instance.ts';
import { isPrimary, type NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import type { Tag } from '../sighting/sighting.ts';
import type { AccountIndex } from './account-index.ts';
import { type Destination, destinationsOf, isOnDemandSensor, matchesTag, POOL_TAG, poolOf } from './destinations.ts';
import { sourceSupport } from './instance-types.ts';

export type { Destination } from './destinations.ts';

/** Why an interface is not mirrored, for programs. */
export type ExemptCode =
  | 'UNSUPPORTED_ENI'
  | 'UNSUPPORTED_TYPE'
  | 'TAG'
  | 'SENSOR'
  | 'IPV6_ONLY'
  | 'STOPPED'
  | 'DETACHED'
  | 'GONE'
  | 'SECONDARY'
  | 'FARGATE'
  | 'NO_RULE';

/** `unknown` when a list that the answer needs could not be read. */
export type Eligibility =
  | { readonly kind: 'source'; readonly destination: Destination }
  | { readonly kind: 'exempt'; readonly code: ExemptCode; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Whose interface it is: the unit in which findings are made. */
export interface Resource {
  readonly resourceType: 'AWS::EC2::Instance' | 'AWS::ECS::Task' | 'AWS::EC2::NetworkInterface';
  readonly resourceId: string;
}

/**
 * Whether an interface is a source. In order: what can never change (the kind of interface, an answer AWS gave before), what the
 * owner decided (tags, sensors), what it is now (address, attachment, state, type), then the rules. An interface is never refused
 * for being requester-managed: RDS, ElastiCache and Fargate interfaces are, and can be mirrored.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-limitations.html
 */
export function eligibilityOf(networkInterface: NetworkInterface, account: AccountIndex): Eligibility {
  const instance = instanceOf(networkInterface, account);
  const tags = typeof instance === 'object' ? [...networkInterface.tags, ...instance.tags] : networkInterface.tags;
  return (
    unsupported(networkInterface, account) ??
    excluded(networkInterface, tags, account) ??
    withoutAddress(networkInterface, account) ??
    withoutOwner(networkInterface, instance) ??
    notAsked(networkInterface, instance, account) ??
    destinationFor(networkInterface, tags, account)
  );
}

/**
 * Whose interface it is: the instance's, the Fargate task's, or its own (RDS, a load balancer). A task is named by the ARN in
 * the interface's `aws:ecs:taskArn` tag where ECS wrote one, else by the attachment ARN, which its description holds.
 */
export function resourceOf(networkInterface: NetworkInterface, _survey?: AccountIndex): Resource {
  const { attachment, networkInterfaceId, description, tags } = networkInterface;
  if (attachment?.instanceId !== undefined) {
    return { resourceType: 'AWS::EC2::Instance', resourceId: attachment.instanceId };
  }
  if (isTaskInterface(networkInterface)) {
    const taskArn = tags.find(({ key }) => key === 'aws:ecs:taskArn')?.value;
    return { resourceType: 'AWS::ECS::Task', resourceId: taskArn ?? description ?? networkInterfaceId };
  }
  return { resourceType: 'AWS::EC2::NetworkInterface', resourceId: networkInterfaceId };
}

/** True for the interface of a Fargate task: it is on no instance, and its description is the ARN of the task's attachment. */
export function isTaskInterface({ attachment, description }: NetworkInterface): boolean {
  return attachment?.instanceId === undefined && /^arn:aws[\w-]*:ecs:[^:]*:[^:]*:attachment\//.test(description ?? '');
}

/** The ids of all interfaces that are targets, and of the instances they are on: sensors, whoever made the targets. */
export function sensorsOf(account: AccountIndex): ReadonlyMap<string, string> {
  const sensors = new Map<string, string>();
  for (const target of account.inventory.trafficMirrorTargets ?? []) {
    if (target.type !== 'network-interface') continue;
    const { networkInterfaceId, trafficMirrorTargetId } = target;
    sensors.set(networkInterfaceId, trafficMirrorTargetId);
    const found = account.networkInterface(networkInterfaceId);
    const instanceId = typeof found === 'object' ? found.attachment?.instanceId : undefined;
    if (instanceId !== undefined && !sensors.has(instanceId)) sensors.set(instanceId, trafficMirrorTargetId);
  }
  return sensors;
}

type Owner = Instance | 'gone' | 'unread' | 'none';

function instanceOf({ attachment }: NetworkInterface, account: AccountIndex): Owner {
  return attachment?.instanceId === undefined ? 'none' : account.instance(attachment.instanceId);
}

function exempt(code: ExemptCode, reason: string): Eligibility {
  return { kind: 'exempt', code, reason };
}

function unknown(reason: string): Eligibility {
  return { kind: 'unknown', reason };
}

/** AWS writes the same kind both as `nat_gateway` and as `natGateway`; only `interface` can be a source. */
function unsupported(networkInterface: NetworkInterface, account: AccountIndex): Eligibility | undefined {
  const { interfaceType, networkInterfaceId } = networkInterface;
  if (interfaceType !== 'interface') {
    const kind = interfaceType.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return exempt('UNSUPPORTED_ENI', `an interface of type ${kind} cannot be mirrored`);
  }
  const refusal = account.unsupported.get(networkInterfaceId);
  return refusal === undefined ? undefined : exempt('UNSUPPORTED_ENI', `AWS refuses to mirror it: ${refusal}`);
}

function excluded(
  { networkInterfaceId, attachment }: NetworkInterface,
  tags: readonly Tag[],
  account: AccountIndex,
): Eligibility | undefined {
  const sensors = account.once(sensorsOf);
  const own = sensors.get(networkInterfaceId);
  if (own !== undefined) return exempt('SENSOR', `it is a sensor: the interface of target ${own}`);
  const sibling = attachment?.instanceId === undefined ? undefined : sensors.get(attachment.instanceId);
  if (sibling !== undefined) return exempt('SENSOR', `its instance is a sensor: the one behind target ${sibling}`);
  if (isOnDemandSensor(tags)) return exempt('SENSOR', `it is a sensor launched on demand, by its tag ${POOL_TAG}`);
  const match = account.policy.excludeTags.find((tag) => matchesTag(tag, tags));
  if (match === undefined) return undefined;
  return exempt('TAG', `excluded by tag ${match.key}${match.value === undefined ? '' : `=${match.value}`}`);
}

/** The copies need an IPv4 to come from, and IPv6-only subnets are not supported. */
function withoutAddress(
  { privateIpAddress, ipv6Native, subnetId }: NetworkInterface,
  account: AccountIndex,
): Eligibility | undefined {
  const subnet = subnetId === undefined ? 'unread' : account.subnet(subnetId);
  if (privateIpAddress === undefined || ipv6Native === true || (typeof subnet === 'object' && subnet.ipv6Native)) {
    return exempt('IPV6_ONLY', 'it is IPv6 only: copies are sent from a private IPv4');
  }
  return ipv4Of(privateIpAddress) === undefined
    ? unknown('its primary private address is no readable IPv4')
    : undefined;
}

/** A session on what is not attached or not running is billed and carries nothing. */
function withoutOwner({ status, attachment }: NetworkInterface, instance: Owner): Eligibility | undefined {
  const attached = attachment !== undefined && attachment.status !== 'detached' && attachment.status !== 'detaching';
  if (status === 'available' || !attached) return exempt('DETACHED', 'it is not attached to anything');
  const instanceId = attachment.instanceId ?? '';
  if (instance === 'unread') return unknown(`the state of instance ${instanceId} could not be read`);
  if (instance === 'gone') return exempt('GONE', `instance ${instanceId} is gone`);
  if (instance === 'none') return undefined;
  if (instance.state === 'stopped' || instance.state === 'stopping') {
    return exempt('STOPPED', `instance ${instanceId} is ${instance.state}`);
  }
  if (instance.state === 'terminated' || instance.state === 'shutting-down') {
    return exempt('GONE', `instance ${instanceId} is ${instance.state}`);
  }
  return undefined;
}

function notAsked(networkInterface: NetworkInterface, instance: Owner, account: AccountIndex): Eligibility | undefined {
  if (typeof instance === 'object') {
    if (sourceSupport(instance.instanceType) === 'never') {
      return exempt('UNSUPPORTED_TYPE', `instances of type ${instance.instanceType} cannot be mirrored`);
    }
    if (account.policy.interfaces === 'primary' && !isPrimary(networkInterface)) {
      return exempt('SECONDARY', 'only primary interfaces are mirrored, by configuration');
    }
  }
  if (!account.policy.fargate && isTaskInterface(networkInterface)) {
    return exempt('FARGATE', 'Fargate tasks are not mirrored, by configuration');
  }
  return undefined;
}

function destinationFor(networkInterface: NetworkInterface, tags: readonly Tag[], account: AccountIndex): Eligibility {
  const destination = account.once(destinationsOfAccount).of(networkInterface, tags);
  if (destination === undefined) {
    return exempt('NO_RULE', 'no rule: none of the mirroring rules matches its tags, subnet or VPC');
  }
  return { kind: 'source', destination: withPool(destination, networkInterface, account) };
}

/** Adds the targets that were launched on demand for sources like this one; the same object for all of them. */
function withPool(destination: Destination, { subnetId }: NetworkInterface, account: AccountIndex): Destination {
  if (destination.onDemand === undefined) return destination;
  const pool = poolOf(destination.onDemand, subnetId);
  const launched = account.once(targetsByPool).get(pool) ?? [];
  if (launched.length === 0) return destination;
  const extended = account.once(extendedDestinations);
  const key = `${destination.rule} ${pool}`;
  const known = extended.get(key);
  if (known !== undefined) return known;
  const made = { ...destination, targetIds: [...new Set([...destination.targetIds, ...launched])].toSorted() };
  extended.set(key, made);
  return made;
}

function extendedDestinations(): Map<string, Destination> {
  return new Map();
}

function targetsByPool({ inventory }: AccountIndex): ReadonlyMap<string, readonly string[]> {
  const pools = new Map<string, string[]>();
  for (const { trafficMirrorTargetId, tags } of inventory.trafficMirrorTargets ?? []) {
    const pool = tagValue(tags, POOL_TAG);
    if (pool !== undefined) pools.set(pool, [...(pools.get(pool) ?? []), trafficMirrorTargetId]);
  }
  return pools;
}

function destinationsOfAccount({ policy }: AccountIndex): ReturnType<typeof destinationsOf> {
  return destinationsOf(policy);
}
