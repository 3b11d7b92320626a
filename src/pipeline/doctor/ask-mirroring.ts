/** Asks what judging Traffic Mirroring takes, in the order in which one answer needs another. */

import { mirrorPolicyFor } from '../../config/mirroring-config.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { MANAGED_TAG, type MirrorPolicy, type SensorLaunch, targetIdsIn } from '../../mirror/policy.ts';
import type { DoctorInput } from './check.ts';
import { filterIdsIn, type TargetAnswers } from './judge-mirroring.ts';
import { judgeChange } from './judge-permissions.ts';
import { type Judged, notChecked } from './line.ts';
import type { DoctorReads, TrialSession } from './reads.ts';
import { unanswered } from './statements.ts';

/** The mirroring policy of an account and region. Only for checks that are left out while mirroring is off. */
export function policyIn({ config }: DoctorInput, scope: Scope): MirrorPolicy {
  const policy = mirrorPolicyFor(config, scope);
  if (policy === null) throw new Error('mirroring is off, so these checks are left out');
  return policy;
}

/** The targets, and the interfaces behind those of the policy that this account owns. */
export async function targetAnswers(
  { mirroring }: DoctorReads,
  scope: Scope,
  policy: MirrorPolicy,
): Promise<TargetAnswers> {
  const targets = await mirroring.targets(scope);
  const wanted = targetIdsIn(policy);
  const ids = ('value' in targets ? targets.value : []).flatMap((target) =>
    target.type === 'network-interface' &&
    wanted.has(target.trafficMirrorTargetId) &&
    target.ownerId === scope.accountId
      ? [target.networkInterfaceId]
      : [],
  );
  return { targets, interfaces: await mirroring.interfaces(scope, ids) };
}

/** Tries to create a session with a configured filter and target and a source that is in use, by dry run. */
export async function createSession(reads: DoctorReads, input: DoctorInput, scope: Scope): Promise<readonly Judged[]> {
  const policy = policyIn(input, scope);
  // The role that writes is another one, and nobody needs it yet.
  if (policy.mode === 'plan' && scope.accountId !== input.ownAccountId) return [];
  const [filters, targets, some] = await Promise.all([
    reads.mirroring.filters(scope),
    reads.mirroring.targets(scope),
    reads.mirroring.someInterfaces(scope),
  ]);
  if ('fault' in filters) return [unanswered(filters.fault, 'ec2:DescribeTrafficMirrorFilters')];
  if ('fault' in targets) return [unanswered(targets.fault, 'ec2:DescribeTrafficMirrorTargets')];
  if ('fault' in some) return [unanswered(some.fault, 'ec2:DescribeNetworkInterfaces')];
  const wanted = targetIdsIn(policy);
  const all = targets.value;
  const target = all.find(({ trafficMirrorTargetId }) => wanted.has(trafficMirrorTargetId));
  const filterIds = new Set(filterIdsIn(policy));
  const filter = filters.value.find((each) => filterIds.has(each.trafficMirrorFilterId));
  const behind = new Set(all.flatMap((each) => (each.type === 'network-interface' ? [each.networkInterfaceId] : [])));
  const source = some.value.find((each) => !behind.has(each.networkInterfaceId));
  if (filter === undefined || target === undefined || source === undefined) {
    const missing = filter === undefined ? 'filter' : target === undefined ? 'target' : 'interface in use';
    return [notChecked(`A dry run takes a configured filter and target and an interface: no ${missing} was seen.`)];
  }
  const trial: TrialSession = {
    networkInterfaceId: source.networkInterfaceId,
    trafficMirrorTargetId: target.trafficMirrorTargetId,
    trafficMirrorFilterId: filter.trafficMirrorFilterId,
    sessionNumber: policy.sessionNumber,
  };
  return judgeChange(await reads.permissions.createSession(scope, trial), policy.mode);
}

/** Tries to delete a session of ours, by dry run. */
export async function deleteSession(reads: DoctorReads, input: DoctorInput, scope: Scope): Promise<readonly Judged[]> {
  const { mode } = policyIn(input, scope);
  if (mode === 'plan' && scope.accountId !== input.ownAccountId) return [];
  const sessions = await reads.mirroring.sessions(scope);
  if ('fault' in sessions) return [unanswered(sessions.fault, 'ec2:DescribeTrafficMirrorSessions')];
  const ours = sessions.value.find(
    ({ tags, ownerId = scope.accountId }) =>
      ownerId === scope.accountId && tags.some(({ key, value }) => key === MANAGED_TAG && value === 'true'),
  );
  if (ours === undefined) return [notChecked('A dry run takes a session of ours, and none was seen yet.')];
  return judgeChange(await reads.permissions.deleteSession(scope, ours.trafficMirrorSessionId), mode);
}

/** The settings with which rules launch sensors. */
export function launchesIn({ rules }: Pick<MirrorPolicy, 'rules'>): readonly SensorLaunch[] {
  const all = [...(rules?.tags ?? []), ...(rules?.subnets ?? []), ...(rules?.vpcs ?? [])];
  return all.flatMap(({ onDemand }) => onDemand ?? []);
}

/** Tries to launch a sensor of the first rule that may, by dry run: in its subnet, or in that of a source. */
export async function launchSensor(reads: DoctorReads, input: DoctorInput, scope: Scope): Promise<readonly Judged[]> {
  const policy = policyIn(input, scope);
  const [launch] = launchesIn(policy);
  if (launch === undefined || (policy.mode === 'plan' && scope.accountId !== input.ownAccountId)) return [];
  const some = await reads.mirroring.someInterfaces(scope);
  if ('fault' in some) return [unanswered(some.fault, 'ec2:DescribeNetworkInterfaces')];
  const subnetId = launch.subnetId ?? some.value.find((each) => each.subnetId !== undefined)?.subnetId;
  if (subnetId === undefined)
    return [notChecked('A dry run takes the subnet of a source, and no interface in use was seen.')];
  return judgeChange(await reads.permissions.launchSensor(scope, { ...launch, subnetId }), policy.mode);
}
