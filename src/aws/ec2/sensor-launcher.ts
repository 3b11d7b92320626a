/** Launches and terminates sensors through EC2. */

import {
  type _InstanceType,
  type Instance as AwsInstance,
  DescribeInstancesCommand,
  DescribeTrafficMirrorTargetsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { awsCodeOf, PipelineError } from '../../errors.ts';
import type { InstanceState } from '../../inventory/instance.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Sensor, SensorLauncher } from '../../remediation/sensors/sensor-launcher.ts';
import type { Access } from '../access/session-policy.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Pace } from './pace.ts';
import { toTarget } from './to-inventory.ts';

/** An instance that does not exist needs no terminating. */
const INSTANCE_GONE = 'InvalidInstanceID.NotFound';

/** The calls of a launcher, by what they take. */
const ACCESS = {
  RunInstances: 'RunInstances',
  DescribeInstances: 'read',
  DescribeTrafficMirrorTargets: 'read',
  TerminateInstances: 'TerminateInstances',
} as const satisfies Readonly<Record<string, Access>>;

/**
 * The sensor launcher on EC2. Every retry sends the same client token, so a launch whose answer was lost makes no second instance.
 * The launch itself tags instances and interfaces. Instances are described with filters, so one that EC2 does not show yet is
 * absent instead of an error.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
export function ec2SensorLauncher(clients: Clients, pace: Pace): SensorLauncher {
  const call = async <T>(
    scope: Scope,
    operation: keyof typeof ACCESS,
    resourceId: string,
    send: (ec2: EC2Client) => Promise<T>,
  ): Promise<T> => {
    const ec2 = await clients.in(EC2Client, scope, ACCESS[operation]);
    return awsCall(operation, { ...scope, resourceId }, () => send(ec2));
  };

  return {
    async launch(scope, { imageId, instanceType, subnetId, securityGroupIds, clientToken, tags }) {
      await pace.take(`${scopeKey(scope)}:RunInstances`);
      const Tags = tags.map(({ key, value }) => ({ Key: key, Value: value }));
      const answer = await call(scope, 'RunInstances', imageId, (ec2) =>
        ec2.send(
          new RunInstancesCommand({
            ImageId: imageId,
            // EC2 may offer types that are newer than the SDK's list.
            InstanceType: instanceType as _InstanceType,
            SubnetId: subnetId,
            SecurityGroupIds: [...securityGroupIds],
            MinCount: 1,
            MaxCount: 1,
            ClientToken: clientToken,
            TagSpecifications: [
              { ResourceType: 'instance', Tags },
              { ResourceType: 'network-interface', Tags },
            ],
          }),
        ),
      );
      const [instance] = answer.Instances ?? [];
      return toSensor(instance, 'RunInstances', scope);
    },

    async describe(scope, instanceId) {
      const answer = await call(scope, 'DescribeInstances', instanceId, (ec2) =>
        ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [instanceId] }] })),
      );
      const [instance] = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
      return instance === undefined ? undefined : toSensor(instance, 'DescribeInstances', scope);
    },

    async targetOn(scope, networkInterfaceId) {
      const answer = await call(scope, 'DescribeTrafficMirrorTargets', networkInterfaceId, (ec2) =>
        ec2.send(
          new DescribeTrafficMirrorTargetsCommand({
            Filters: [{ Name: 'network-interface-id', Values: [networkInterfaceId] }],
          }),
        ),
      );
      const [target] = answer.TrafficMirrorTargets ?? [];
      return target === undefined ? undefined : toTarget(target);
    },

    async terminate(scope, instanceId) {
      await pace.take(`${scopeKey(scope)}:TerminateInstances`);
      try {
        await call(scope, 'TerminateInstances', instanceId, (ec2) =>
          ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] })),
        );
      } catch (fault) {
        if (awsCodeOf(fault) !== INSTANCE_GONE) throw fault;
      }
    },
  };
}

const STATES: readonly string[] = [
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
] satisfies InstanceState[];

function toSensor(instance: AwsInstance | undefined, operation: string, scope: Scope): Sensor {
  const { InstanceId, State, ClientToken, LaunchTime, NetworkInterfaces = [] } = instance ?? {};
  if (InstanceId === undefined || State?.Name === undefined || !STATES.includes(State.Name)) {
    const message = `${operation} in ${scopeKey(scope)} returned no instance, or one in an unknown state`;
    throw new PipelineError('aws-call-failed', message, { ...scope, operation });
  }
  const primary = NetworkInterfaces.find(
    ({ Attachment }) => Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0,
  );
  return {
    instanceId: InstanceId,
    state: State.Name,
    clientToken: ClientToken,
    launchTime: LaunchTime,
    networkInterfaceId: primary?.NetworkInterfaceId,
  };
}
