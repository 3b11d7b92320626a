/** Launches and terminates instances in the fake account. An instance is pending until it has been described once. */

import { type Action, EC2_ACTIONS, type FakeAccount, FakeFault, type Item } from './account.ts';

const instancesIn = ({ lists }: FakeAccount): Item[] =>
  (lists.Reservations ?? []).flatMap((each) => each.Instances ?? []);

function needs(account: FakeAccount, list: string, id: string, value: unknown, missing: string): Item {
  const found = (account.lists[list] ?? []).find((item) => item[id] === value);
  if (found === undefined) throw new FakeFault(missing, `The ${id} '${value}' does not exist`);
  return found;
}

/** The tags that a launch requests for one resource type. */
function tagsFor(kind: string, params: Item): Item[] {
  const specifications: Item[] = params.TagSpecification ?? [];
  return specifications.filter(({ ResourceType }) => ResourceType === kind).flatMap(({ Tag }) => Tag ?? []);
}

const runInstances: Action = (account, params) => {
  const again = instancesIn(account).find((each) => each.ClientToken === params.ClientToken);
  if (again !== undefined && again.asked !== JSON.stringify(params)) {
    throw new FakeFault('IdempotentParameterMismatch', `${params.ClientToken} was used with other parameters`);
  }
  if (again !== undefined) return { ReservationId: 'r-again', Instances: [again] };
  if (params.MinCount !== '1' || params.MaxCount !== '1') throw new FakeFault('InvalidParameterValue', 'one at a time');
  const { ImageId, InstanceType, SubnetId, ClientToken } = params;
  const subnet = needs(account, 'Subnets', 'SubnetId', SubnetId, 'InvalidSubnetID.NotFound');
  const groups: string[] = params.SecurityGroupId ?? [];
  for (const id of groups) needs(account, 'SecurityGroups', 'GroupId', id, 'InvalidGroup.NotFound');
  const serial = String(account.nextId++).padStart(17, '0');
  const [InstanceId, NetworkInterfaceId] = [`i-${serial}`, `eni-${serial}`];
  const where = { SubnetId, VpcId: subnet.VpcId };
  const Attachment = { InstanceId, DeviceIndex: 0, NetworkCardIndex: 0, Status: 'attached' };
  const instance = {
    ...{ InstanceId, InstanceType, ImageId, ClientToken, ...where, State: { Code: 0, Name: 'pending' } },
    ...{ LaunchTime: new Date().toISOString(), Tags: tagsFor('instance', params) },
    ...{ NetworkInterfaces: [{ NetworkInterfaceId, Attachment: { DeviceIndex: 0, NetworkCardIndex: 0 } }] },
    asked: JSON.stringify(params),
  };
  account.lists.Reservations = [
    ...(account.lists.Reservations ?? []),
    { ReservationId: `r-${serial}`, Instances: [instance] },
  ];
  account.lists.NetworkInterfaces = [
    ...(account.lists.NetworkInterfaces ?? []),
    {
      ...{ NetworkInterfaceId, InterfaceType: 'interface', Status: 'in-use', Attachment, ...where },
      ...{ AvailabilityZone: subnet.AvailabilityZone, AvailabilityZoneId: subnet.AvailabilityZoneId },
      ...{ PrivateIpAddress: `10.0.0.${200 + (account.nextId % 50)}`, Groups: groups.map((GroupId) => ({ GroupId })) },
      TagSet: tagsFor('network-interface', params),
    },
  ];
  return { ReservationId: `r-${serial}`, Instances: [instance] };
};

const terminateInstances: Action = (account, params) => {
  for (const id of params.InstanceId as string[]) {
    const instance = instancesIn(account).find(({ InstanceId }) => InstanceId === id);
    if (instance === undefined)
      throw new FakeFault('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    instance.State = { Code: 48, Name: 'terminated' };
    instance.NetworkInterfaces = [];
    delete instance.SubnetId;
    delete instance.VpcId;
    account.lists.NetworkInterfaces = (account.lists.NetworkInterfaces ?? []).filter(
      ({ Attachment }) => Attachment?.InstanceId !== id,
    );
  }
  return {};
};

/** Instances described as pending are running from the next call on. */
const describeInstances: Action = (account, params) => {
  const answer = structuredClone(EC2_ACTIONS.DescribeInstances?.(account, params) ?? {});
  for (const instance of instancesIn(account)) {
    if (instance.State?.Name === 'pending') instance.State = { Code: 16, Name: 'running' };
  }
  return answer;
};

export const LAUNCH_ACTIONS: Readonly<Record<string, Action>> = {
  RunInstances: runInstances,
  TerminateInstances: terminateInstances,
  DescribeInstances: describeInstances,
};
