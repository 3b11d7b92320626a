/** Tries permissions without harm: EC2's calls with DryRun, and small reads where a service has none. */

import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  type _InstanceType,
  CreateTrafficMirrorSessionCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import pLimit from 'p-limit';
import { partitionOf } from '../../cloudtrail/partition.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { POOL_TAG } from '../../mirror/destinations.ts';
import { MANAGED_TAG } from '../../mirror/policy.ts';
import type { DRY_RUN_READS, SMALL_READS } from '../../pipeline/doctor/read-actions.ts';
import type { PermissionReads, Tried } from '../../pipeline/doctor/reads.ts';
import type { Clients } from '../clients.ts';
import { ask } from './ask.ts';

const DryRun = true;
/** Calls at once in an account and region. */
const AT_ONCE = 4;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html */
const EC2_READS: Readonly<Record<(typeof DRY_RUN_READS)[number], (ec2: EC2Client) => Promise<unknown>>> = {
  'ec2:DescribeInstances': (ec2) => ec2.send(new DescribeInstancesCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeNetworkAcls': (ec2) => ec2.send(new DescribeNetworkAclsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeNetworkInterfaces': (ec2) => ec2.send(new DescribeNetworkInterfacesCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeRouteTables': (ec2) => ec2.send(new DescribeRouteTablesCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeSecurityGroupRules': (ec2) => ec2.send(new DescribeSecurityGroupRulesCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeSecurityGroups': (ec2) => ec2.send(new DescribeSecurityGroupsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeSubnets': (ec2) => ec2.send(new DescribeSubnetsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeTrafficMirrorFilters': (ec2) =>
    ec2.send(new DescribeTrafficMirrorFiltersCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeTrafficMirrorSessions': (ec2) =>
    ec2.send(new DescribeTrafficMirrorSessionsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeTrafficMirrorTargets': (ec2) =>
    ec2.send(new DescribeTrafficMirrorTargetsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeTransitGatewayVpcAttachments': (ec2) =>
    ec2.send(new DescribeTransitGatewayVpcAttachmentsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeVpcEndpoints': (ec2) => ec2.send(new DescribeVpcEndpointsCommand({ DryRun, MaxResults: 5 })),
  'ec2:DescribeVpcPeeringConnections': (ec2) =>
    ec2.send(new DescribeVpcPeeringConnectionsCommand({ DryRun, MaxResults: 5 })),
};

/** A load balancer and a task that cannot exist. Both services judge the permission before they look for what is asked about. */
const NO_BALANCER = 'loadbalancer/net/mirrorwatch-doctor/0000000000000000';
const NO_TASK = '0'.repeat(32);
const NOT_FOUND: ReadonlySet<string> = new Set([
  ...['LoadBalancerNotFound', 'ClusterNotFoundException', 'InvalidParameterException'],
]);

type SmallReads = Readonly<Record<(typeof SMALL_READS)[number], (clients: Clients, scope: Scope) => Promise<unknown>>>;

const SMALL: SmallReads = {
  'cloudwatch:GetMetricData': async (clients, scope) =>
    (await clients.in(CloudWatchClient, scope)).send(
      new GetMetricDataCommand({
        StartTime: new Date(0),
        EndTime: new Date(300_000),
        MetricDataQueries: [
          {
            Id: 'a',
            MetricStat: { Metric: { Namespace: 'AWS/EC2', MetricName: 'NetworkIn' }, Period: 300, Stat: 'Sum' },
          },
        ],
      }),
    ),
  'ecs:DescribeTasks': async (clients, scope) =>
    (await clients.in(ECSClient, scope)).send(new DescribeTasksCommand({ tasks: [NO_TASK] })),
  'elasticloadbalancing:DescribeListeners': async (clients, scope) =>
    (await balancing(clients, scope)).send(
      new DescribeListenersCommand({ LoadBalancerArn: noBalancer(scope), PageSize: 1 }),
    ),
  'elasticloadbalancing:DescribeLoadBalancerAttributes': async (clients, scope) =>
    (await balancing(clients, scope)).send(
      new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: noBalancer(scope) }),
    ),
  'elasticloadbalancing:DescribeLoadBalancers': async (clients, scope) =>
    (await balancing(clients, scope)).send(new DescribeLoadBalancersCommand({ PageSize: 1 })),
};

/** Permissions by trial in an account and region. */
export function permissionReads(clients: Clients): PermissionReads {
  return {
    reads(scope) {
      const limit = pLimit(AT_ONCE);
      return Promise.all([
        ...Object.entries(EC2_READS).map(([action, call]) =>
          limit(() => tried(action, async () => call(await clients.in(EC2Client, scope)))),
        ),
        ...Object.entries(SMALL).map(([action, call]) => limit(() => tried(action, () => call(clients, scope)))),
      ]);
    },
    createSession: (scope, { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber }) =>
      triedChange('ec2:CreateTrafficMirrorSession', async () =>
        (await clients.in(EC2Client, scope, 'CreateTrafficMirrorSession')).send(
          new CreateTrafficMirrorSessionCommand({
            DryRun,
            NetworkInterfaceId: networkInterfaceId,
            TrafficMirrorTargetId: trafficMirrorTargetId,
            TrafficMirrorFilterId: trafficMirrorFilterId,
            SessionNumber: sessionNumber,
            TagSpecifications: [
              { ResourceType: 'traffic-mirror-session', Tags: [{ Key: MANAGED_TAG, Value: 'true' }] },
            ],
          }),
        ),
      ),
    deleteSession: (scope, TrafficMirrorSessionId) =>
      triedChange('ec2:DeleteTrafficMirrorSession', async () =>
        (await clients.in(EC2Client, scope, 'DeleteTrafficMirrorSession')).send(
          new DeleteTrafficMirrorSessionCommand({ DryRun, TrafficMirrorSessionId }),
        ),
      ),
    launchSensor: (scope, { imageId, instanceType, securityGroupIds, subnetId, tags = [] }) =>
      triedChange('ec2:RunInstances', async () => {
        const own = tags.map(({ key, value }) => ({ Key: key, Value: value }));
        const Tags = [...own, ...[MANAGED_TAG, POOL_TAG].map((Key) => ({ Key, Value: 'true' }))];
        return (await clients.in(EC2Client, scope, 'RunInstances')).send(
          new RunInstancesCommand({
            DryRun,
            ImageId: imageId,
            // EC2 may offer types that are newer than the SDK's list.
            InstanceType: instanceType as _InstanceType,
            SubnetId: subnetId,
            SecurityGroupIds: [...securityGroupIds],
            MinCount: 1,
            MaxCount: 1,
            TagSpecifications: [
              { ResourceType: 'instance', Tags },
              { ResourceType: 'network-interface', Tags },
            ],
          }),
        );
      }),
  };
}

/** A read: that it was answered means that it is allowed. */
async function tried(action: string, call: () => Promise<unknown>): Promise<Tried> {
  const answer = await ask(action, call);
  if ('value' in answer) return { action, result: 'allowed' };
  const { kind, awsCode, message, operation } = answer.fault;
  if (operation === 'AssumeRole') return { action, result: 'unclear', withoutRole: true, awsCode, message };
  if (awsCode === 'DryRunOperation' || NOT_FOUND.has(awsCode)) return { action, result: 'allowed' };
  // With this code AWS refuses the keys, which says nothing about one permission.
  const isDenied = kind === 'denied' && awsCode !== 'AuthFailure';
  return { action, result: isDenied ? 'denied' : 'unclear', awsCode, message };
}

/** A change with DryRun: only AWS's own codes for it count. An endpoint that answers otherwise may have made it. */
async function triedChange(action: string, call: () => Promise<unknown>): Promise<Tried> {
  const answer = await ask(action, call);
  if ('value' in answer) {
    const message = 'the endpoint took no notice of DryRun, which AWS never does; look whether it made the change';
    return { action, result: 'unclear', message };
  }
  const { awsCode, message, operation } = answer.fault;
  if (operation === 'AssumeRole') return { action, result: 'unclear', withoutRole: true, awsCode, message };
  if (awsCode === 'DryRunOperation') return { action, result: 'allowed' };
  return { action, result: awsCode === 'UnauthorizedOperation' ? 'denied' : 'unclear', awsCode, message };
}

function balancing(clients: Clients, scope: Scope): Promise<ElasticLoadBalancingV2Client> {
  return clients.in(ElasticLoadBalancingV2Client, scope);
}

function noBalancer({ accountId, region }: Scope): string {
  return `arn:${partitionOf(region)}:elasticloadbalancing:${region}:${accountId}:${NO_BALANCER}`;
}
