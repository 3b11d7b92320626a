/** What a session in another account may do: an inline policy that leaves of the role's permissions only those of one step. */

/** What reading an account takes. `test/deploy/permissions.test.ts` compares it with the calls in the code. */
const READS = [
  'account:ListRegions',
  'cloudwatch:GetMetricData',
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
  'ec2:GetManagedPrefixListEntries',
  'ecs:DescribeTasks',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancerAttributes',
  'elasticloadbalancing:DescribeLoadBalancers',
] as const;

/** One statement of a policy. */
interface Allowed {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** EC2 asks for this permission too if a call creates tags along with a resource. */
const tagsOf = (operation: string): Allowed => ({
  ...{ Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*' },
  Condition: { StringEquals: { 'ec2:CreateAction': operation } },
});
const allowed = (Action: string): Allowed => ({ Effect: 'Allow', Action, Resource: '*' });
const onOurs = (Action: string): Allowed => ({
  ...allowed(Action),
  Condition: { StringEquals: { 'aws:ResourceTag/mirrorwatch:managed': 'true' } },
});

/** The calls that change an account, each with what it needs. What one of them deletes or ends must carry our tag. */
const CHANGES = {
  CreateTrafficMirrorSession: [allowed('ec2:CreateTrafficMirrorSession'), tagsOf('CreateTrafficMirrorSession')],
  // Its target and its filter, which IAM checks as well, carry no tag of ours.
  ModifyTrafficMirrorSession: [allowed('ec2:ModifyTrafficMirrorSession')],
  DeleteTrafficMirrorSession: [onOurs('ec2:DeleteTrafficMirrorSession')],
  CreateTrafficMirrorTarget: [allowed('ec2:CreateTrafficMirrorTarget'), tagsOf('CreateTrafficMirrorTarget')],
  RunInstances: [allowed('ec2:RunInstances'), tagsOf('RunInstances')],
  TerminateInstances: [onOurs('ec2:TerminateInstances')],
  CompleteLifecycleAction: [allowed('autoscaling:CompleteLifecycleAction')],
} as const satisfies Readonly<Record<string, readonly Allowed[]>>;

/** What listing an organization takes. Its role may be able to do more. */
const LISTS_ORGANIZATION = [
  'account:ListRegions',
  'organizations:ListAccounts',
  'organizations:ListAccountsForParent',
  'organizations:ListOrganizationalUnitsForParent',
] as const;

/** What importing findings into an account's hub takes. */
const IMPORTS_FINDINGS = ['securityhub:BatchImportFindings'] as const;

/** A call that changes an account. */
export type Change = keyof typeof CHANGES;

/** What credentials are for: to read an account, to list an organization, to import findings into its Security Hub, or for one kind of change. */
export type Access = 'read' | 'organization' | 'security-hub' | Change;

/**
 * The session policy for an access, as JSON. AWS grants what both it and the role's own policies allow. It names no resource, so that an
 * account costs one AssumeRole an hour for each kind of change, however many resources change.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export function sessionPolicyOf(access: Access): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statementsFor(access) });
}

function statementsFor(access: Access): readonly Allowed[] {
  if (access === 'read') return [{ Effect: 'Allow', Action: READS, Resource: '*' }];
  if (access === 'security-hub') return [{ Effect: 'Allow', Action: IMPORTS_FINDINGS, Resource: '*' }];
  if (access === 'organization') return [{ Effect: 'Allow', Action: LISTS_ORGANIZATION, Resource: '*' }];
  return CHANGES[access];
}
