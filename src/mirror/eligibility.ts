/** Whether an interface should be mirrored, and by which rule. Every no is an exemption with its reason. */

import { byText } from '../collections.ts';
import type { Instance } from '../inventory/instance.ts';
import { isPrimary, type NetworkInterface } from '../inventory/network-interface.ts';
import { ipv4Of } from '../net/cidr.ts';
import type { Tag } from '../sighting/sighting.ts';
import type { AccountIndex, Found } from './account-index.ts';
import { carriesSensorTags, type Destination, destinationsOf, matchesTag, POOL_TAG } from './destinations.ts';
import { sourceSupport } from './instance-types.ts';
import { withPool } from './ours/pool-targets.ts';
import { sensorProof, unprovenPoolTarget } from './ours/sensors.ts';

/** Why an interface is exempt, for programs. */
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

/** Whether an interface is a source. `unknown` when a list that decides it could not be read. */
export type Eligibility =
  | { readonly kind: 'source'; readonly destination: Destination }
  | { readonly kind: 'exempt'; readonly code: ExemptCode; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What an interface belongs to. Findings are per resource. */
export interface Resource {
  readonly resourceType: 'AWS::EC2::Instance' | 'AWS::ECS::Task' | 'AWS::EC2::NetworkInterface';
  readonly resourceId: string;
}

/**
 * Whether an interface is a source. It checks first what never changes (the kind of interface, an earlier refusal by AWS), then what
 * the owner decided (tags, sensors), then the present state (address, attachment, state, type), then the rules. Requester-managed
 * interfaces are not exempt: those of RDS, ElastiCache and Fargate are requester-managed and can be mirrored.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-limitations.html
 */
export function eligibilityOf(networkInterface: NetworkInterface, account: AccountIndex): Eligibility {
  const instance = instanceOf(networkInterface, account);
  const tags = typeof instance === 'object' ? [...networkInterface.tags, ...instance.tags] : networkInterface.tags;
  return (
    byKind(networkInterface, account) ??
    byTags(networkInterface, instance, tags, account) ??
    byAddress(networkInterface, account) ??
    byState(networkInterface, instance, account) ??
    byPolicy(networkInterface, instance, account) ??
    byRules(networkInterface, tags, account)
  );
}

/**
 * True for an interface that this account judges: its own, one on an instance of its own, or one with a session of its own. In a shared
 * subnet its owner also lists the interfaces of other accounts, but not their sessions: they are judged in their own account.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
 */
export function isJudgedHere(networkInterface: NetworkInterface, account: AccountIndex): boolean {
  const { accountId } = account.inventory;
  const isOurs = ({ ownerId = accountId }: { readonly ownerId?: string | undefined }): boolean => ownerId === accountId;
  const owner = instanceOf(networkInterface, account);
  return (
    isOurs(networkInterface) ||
    (typeof owner === 'object' && isOurs(owner)) ||
    account.sessionsOn(networkInterface.networkInterfaceId).length > 0
  );
}

/**
 * What an interface belongs to: an instance, a Fargate task, or only itself (RDS, a load balancer). A task's id is the ARN in the
 * interface's `aws:ecs:taskArn` tag where ECS wrote one, else the attachment ARN in its description.
 */
export function resourceOf(networkInterface: NetworkInterface): Resource {
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

/** True for a Fargate task's interface: it has no instance, and its description is the ARN of the task's attachment. */
export function isTaskInterface({ attachment, description }: NetworkInterface): boolean {
  return attachment?.instanceId === undefined && /^arn:aws[\w-]*:ecs:[^:]*:[^:]*:attachment\//.test(description ?? '');
}

/** The target id of every sensor, by the id of its interface and of its instance. It doesn't matter who made the target. */
export function sensorsOf(account: AccountIndex): ReadonlyMap<string, string> {
  const sensors = new Map<string, string>();
  const targets = account.inventory.trafficMirrorTargets ?? [];
  for (const target of targets.toSorted(byText((one) => one.trafficMirrorTargetId))) {
    if (target.type !== 'network-interface') continue;
    const { networkInterfaceId, trafficMirrorTargetId } = target;
    sensors.set(networkInterfaceId, trafficMirrorTargetId);
    const found = account.networkInterface(networkInterfaceId);
    const instanceId = typeof found === 'object' ? found.attachment?.instanceId : undefined;
    if (instanceId !== undefined && !sensors.has(instanceId)) sensors.set(instanceId, trafficMirrorTargetId);
  }
  return sensors;
}

/**
 * What is wrong with an interface that carries the tags of our sensors, itself or by its instance, and is not proven to be one's: it is judged
 * like any other. Undefined for any other interface.
 */
export function sensorDoubt(networkInterface: NetworkInterface, account: AccountIndex): string | undefined {
  const instance = instanceOf(networkInterface, account);
  const own = typeof instance === 'object' ? instance.tags : [];
  if (!carriesSensorTags(networkInterface.tags) && !carriesSensorTags(own)) return undefined;
  const carries = `it carries the tag ${POOL_TAG} of our sensors`;
  if (typeof instance !== 'object') return `${carries}, but it is on no instance that we launched`;
  const proof = sensorProof(instance, account.inventory);
  return proof.kind === 'ours' ? undefined : `${carries}, but ${proof.reason}`;
}

/** The instance of an interface; `none` for an interface that is not on an instance. */
type Owner = Found<Instance> | 'none';

function instanceOf({ attachment }: NetworkInterface, account: AccountIndex): Owner {
  return attachment?.instanceId === undefined ? 'none' : account.instance(attachment.instanceId);
}

function exempt(code: ExemptCode, reason: string): Eligibility {
  return { kind: 'exempt', code, reason };
}

function unknown(reason: string): Eligibility {
  return { kind: 'unknown', reason };
}

/** Only `interface` can be a source. AWS writes other kinds both as `nat_gateway` and as `natGateway`. */
function byKind(networkInterface: NetworkInterface, account: AccountIndex): Eligibility | undefined {
  const { interfaceType, networkInterfaceId } = networkInterface;
  if (interfaceType !== 'interface') {
    const kind = interfaceType.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return exempt('UNSUPPORTED_ENI', `an interface of type ${kind} cannot be mirrored`);
  }
  const refusal = account.unsupported.get(networkInterfaceId);
  return refusal === undefined ? undefined : exempt('UNSUPPORTED_ENI', `AWS refuses to mirror it: ${refusal}`);
}

function byTags(
  { networkInterfaceId, attachment }: NetworkInterface,
  instance: Owner,
  tags: readonly Tag[],
  account: AccountIndex,
): Eligibility | undefined {
  const sensors = account.once(sensorsOf);
  const own = sensors.get(networkInterfaceId);
  if (own !== undefined)
    return exempt('SENSOR', `it is a sensor: the interface of target ${own}${doubtOf(own, account)}`);
  const sibling = attachment?.instanceId === undefined ? undefined : sensors.get(attachment.instanceId);
  if (sibling !== undefined) {
    return exempt('SENSOR', `its instance is a sensor: the one behind target ${sibling}${doubtOf(sibling, account)}`);
  }
  // Its `running` event may come before it is a target.
  if (typeof instance === 'object' && sensorProof(instance, account.inventory).kind === 'ours') {
    return exempt('SENSOR', 'it is a sensor that we launched on demand');
  }
  const match = account.policy.excludeTags.find((tag) => matchesTag(tag, tags));
  if (match === undefined) return undefined;
  return exempt('TAG', `excluded by tag ${match.key}${match.value === undefined ? '' : `=${match.value}`}`);
}

/** AWS mirrors no target's interface, whoever made the target. But one that passes itself off as ours is worth a word. */
function doubtOf(trafficMirrorTargetId: string, { poolTargets }: AccountIndex): string {
  const doubt = unprovenPoolTarget(poolTargets.get(trafficMirrorTargetId));
  return doubt === undefined ? '' : `; ${doubt}`;
}

/** Mirrored packets are sent from an IPv4 address, and IPv6-only subnets are not supported. */
function byAddress(
  { privateIpAddress, ipv6Native, subnetId }: NetworkInterface,
  account: AccountIndex,
): Eligibility | undefined {
  const subnet = subnetId === undefined ? 'unread' : account.subnet(subnetId);
  if (privateIpAddress === undefined || ipv6Native === true || (typeof subnet === 'object' && subnet.ipv6Native)) {
    return exempt('IPV6_ONLY', 'it is IPv6 only, and mirrored packets are sent from a private IPv4');
  }
  return ipv4Of(privateIpAddress) === undefined
    ? unknown('its primary private address is not a readable IPv4')
    : undefined;
}

/** A session on an interface that is detached or whose instance doesn't run is billed and carries nothing. */
function byState(
  { status, attachment }: NetworkInterface,
  instance: Owner,
  { inventory: { accountId } }: AccountIndex,
): Eligibility | undefined {
  const isAttached = attachment !== undefined && attachment.status !== 'detached' && attachment.status !== 'detaching';
  if (status === 'available' || !isAttached) return exempt('DETACHED', 'it is not attached to anything');
  const instanceId = attachment.instanceId ?? '';
  if (instance === 'unread') return unknown(`the state of instance ${instanceId} could not be read`);
  if (instance === 'gone') {
    const { instanceOwnerId = accountId } = attachment;
    return instanceOwnerId === accountId
      ? exempt('GONE', `instance ${instanceId} is gone`)
      : unknown(`instance ${instanceId} belongs to account ${instanceOwnerId} and cannot be seen from here`);
  }
  if (instance === 'none') return undefined;
  switch (instance.state) {
    case 'pending':
    case 'running':
      return undefined;
    case 'stopping':
    case 'stopped':
      return exempt('STOPPED', `instance ${instanceId} is ${instance.state}`);
    case 'shutting-down':
    case 'terminated':
      return exempt('GONE', `instance ${instanceId} is ${instance.state}`);
  }
}

function byPolicy(networkInterface: NetworkInterface, instance: Owner, account: AccountIndex): Eligibility | undefined {
  if (typeof instance === 'object') {
    if (sourceSupport(instance.instanceType) === 'never') {
      return exempt('UNSUPPORTED_TYPE', `instances of type ${instance.instanceType} cannot be mirrored`);
    }
    if (account.policy.interfaces === 'primary' && !isPrimary(networkInterface)) {
      return exempt('SECONDARY', 'the configuration mirrors primary interfaces only');
    }
  }
  if (!account.policy.fargate && isTaskInterface(networkInterface)) {
    return exempt('FARGATE', 'the configuration does not mirror Fargate tasks');
  }
  return undefined;
}

function byRules(networkInterface: NetworkInterface, tags: readonly Tag[], account: AccountIndex): Eligibility {
  const destination = account.once(destinationsOfAccount).of(networkInterface, tags);
  if (destination === undefined) {
    return exempt('NO_RULE', 'no rule: none of the mirroring rules matches its tags, subnet or VPC');
  }
  return { kind: 'source', destination: withPool(destination, networkInterface, account) };
}

function destinationsOfAccount({ policy }: AccountIndex): ReturnType<typeof destinationsOf> {
  return destinationsOf(policy);
}
