/** Which sources a changed resource concerns: everything that mirrored packets pass on their way from a source to a target. */

import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import { eligibilityOf } from '../../mirror/eligibility.ts';
import { countedOf } from '../../mirror/sessions.ts';

/**
 * Resources of which the account doesn't say whose packets they let pass, or did before the change: a filter's rule, a subnet's
 * association, prefix lists, peerings, transit gateways, and a load balancer's listeners and target groups.
 */
const ON_ANY_PATH =
  /^(?:(?:tmfr|rtbassoc|aclassoc|pl|pcx|tgw(?:-[a-z]+)?)-|arn:[^:]+:elasticloadbalancing:.*:(?:listener|targetgroup)\/)/;

/** True for an id of which the account doesn't say which paths it is on. */
export function isOnAnyPath(id: string): boolean {
  return ON_ANY_PATH.test(id);
}

/**
 * The sources that changed resources concern: those whose session depends on it, and changed interfaces themselves. If it is on
 * the path to a configured target, also the sources without a session, because that target may accept them now. If no resource says
 * which path it is on, every path may be concerned.
 */
export function sourcesConcerned(resourceIds: readonly string[], account: AccountIndex): readonly string[] {
  if (resourceIds.length === 0) return [];
  if (resourceIds.every(isOnAnyPath)) return account.once(everyPathsSource);
  const changed = new Set(resourceIds);
  const isChanged = (ids: readonly string[]): boolean => ids.some((id) => changed.has(id));
  const mirrored = (account.inventory.trafficMirrorSessions ?? [])
    .filter(({ trafficMirrorTargetId, networkInterfaceId, trafficMirrorFilterId }) =>
      isChanged([
        trafficMirrorFilterId,
        ...sourcePath(networkInterfaceId, account),
        ...targetPath(trafficMirrorTargetId, account),
      ]),
    )
    .map(({ networkInterfaceId }) => networkInterfaceId);
  const own = (account.inventory.networkInterfaces ?? []).filter(
    ({ networkInterfaceId, attachment }) =>
      changed.has(networkInterfaceId) || (attachment?.instanceId !== undefined && changed.has(attachment.instanceId)),
  );
  const mayOpen = account.configuredTargetIds.some((id) => isChanged(targetPath(id, account)));
  return [
    ...mirrored,
    ...own.map(({ networkInterfaceId }) => networkInterfaceId),
    ...(mayOpen ? account.once(sourcesWithoutSession) : []),
  ];
}

/**
 * Sources of the sessions whose source or target was left behind: its interface is gone or attached to nothing, so that nothing says
 * any more which instance it was on. Meant for `account.once`.
 */
export function sourcesLeftBehind(account: AccountIndex): readonly string[] {
  const isLeft = (networkInterfaceId: string): boolean => {
    const found = account.networkInterface(networkInterfaceId);
    return found === 'gone' || (found !== 'unread' && found.attachment === undefined);
  };
  const lostTargets = new Set(
    (account.inventory.trafficMirrorTargets ?? [])
      .filter((target) => target.type === 'network-interface' && isLeft(target.networkInterfaceId))
      .map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
  );
  return (account.inventory.trafficMirrorSessions ?? [])
    .filter((session) => lostTargets.has(session.trafficMirrorTargetId) || isLeft(session.networkInterfaceId))
    .map(({ networkInterfaceId }) => networkInterfaceId);
}

/** The sources of all sessions, and those without one. Meant for `account.once`. */
function everyPathsSource(account: AccountIndex): readonly string[] {
  const mirrored = (account.inventory.trafficMirrorSessions ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
  return [...mirrored, ...account.once(sourcesWithoutSession)];
}

/** Every interface, and every source of a session. Meant for `account.once`. */
export function everySource({ inventory }: AccountIndex): ReadonlySet<string> {
  return new Set(
    [...(inventory.networkInterfaces ?? []), ...(inventory.trafficMirrorSessions ?? [])].map(
      ({ networkInterfaceId }) => networkInterfaceId,
    ),
  );
}

/** Sources that should be mirrored and have no session. Meant for `account.once`. */
export function sourcesWithoutSession(account: AccountIndex): readonly string[] {
  return (account.inventory.networkInterfaces ?? []).flatMap((each) => {
    const eligibility = eligibilityOf(each, account);
    if (eligibility.kind !== 'source') return [];
    const sessions = account.sessionsOn(each.networkInterfaceId);
    return countedOf(sessions, eligibility.destination, account).length === 0 ? [each.networkInterfaceId] : [];
  });
}

function sourcePath(networkInterfaceId: string, account: AccountIndex): readonly string[] {
  const source = account.networkInterface(networkInterfaceId);
  if (typeof source === 'string') return [networkInterfaceId];
  const { attachment } = source;
  return [
    networkInterfaceId,
    ...subnetPath(source, account),
    ...(attachment?.instanceId === undefined ? [] : [attachment.instanceId]),
  ];
}

/** The ids of everything on the way to a target: the target, what is behind it, and its groups, subnets, ACLs and route tables. */
function targetPath(targetId: string, account: AccountIndex): readonly string[] {
  const target = account.trafficMirrorTarget(targetId);
  if (typeof target === 'string') return [targetId];
  switch (target.type) {
    case 'network-interface':
      return [targetId, ...sensorPath(target.networkInterfaceId, account)];
    case 'network-load-balancer':
      return [targetId, ...balancerPath(target.networkLoadBalancerArn, account)];
    case 'gateway-load-balancer-endpoint':
      return [targetId, target.gatewayLoadBalancerEndpointId];
    case 'unknown':
      return [targetId];
  }
}

function sensorPath(networkInterfaceId: string, account: AccountIndex): readonly string[] {
  const sensor = account.networkInterface(networkInterfaceId);
  if (typeof sensor === 'string') return [networkInterfaceId];
  return [
    networkInterfaceId,
    ...sensor.groupIds,
    ...subnetPath(sensor, account),
    ...(sensor.attachment?.instanceId === undefined ? [] : [sensor.attachment.instanceId]),
  ];
}

function balancerPath(loadBalancerArn: string, account: AccountIndex): readonly string[] {
  const balancer = account.loadBalancer(loadBalancerArn);
  if (typeof balancer === 'string') return [loadBalancerArn];
  return [
    loadBalancerArn,
    ...(balancer.securityGroupIds ?? []),
    ...balancer.availabilityZones.flatMap(({ subnetId }) =>
      subnetId === undefined ? [] : subnetIds(subnetId, balancer.vpcId, account),
    ),
  ];
}

function subnetPath({ subnetId, vpcId }: NetworkInterface, account: AccountIndex): readonly string[] {
  return subnetId === undefined ? [] : subnetIds(subnetId, vpcId, account);
}

function subnetIds(subnetId: string, vpcId: string | undefined, account: AccountIndex): readonly string[] {
  const acl = account.networkAcl(subnetId);
  const table = vpcId === undefined ? 'unread' : account.routeTable(subnetId, vpcId);
  return [
    subnetId,
    ...(acl === 'unread' ? [] : [acl.networkAclId]),
    ...(table === 'unread' ? [] : [table.routeTableId]),
  ];
}
