/** The reads that judging an account takes, by how they can be tried without harm. */

/** Tried with EC2's DryRun, which answers whether they are allowed and reads nothing. */
export const DRY_RUN_READS = [
  'ec2:DescribeInstances',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroupRules',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeTrafficMirrorFilters',
  'ec2:DescribeTrafficMirrorSessions',
  'ec2:DescribeTrafficMirrorTargets',
  'ec2:DescribeTransitGatewayVpcAttachments',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcPeeringConnections',
] as const;

/** Tried by a small read, as their services have no dry run. */
export const SMALL_READS = [
  'cloudwatch:GetMetricData',
  'ecs:DescribeTasks',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancerAttributes',
  'elasticloadbalancing:DescribeLoadBalancers',
] as const;

/** EC2 looks a prefix list up before it judges the permission, and which lists exist is not known. */
export const UNTRIED_READS = ['ec2:GetManagedPrefixListEntries'] as const;
