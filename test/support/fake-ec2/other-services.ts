/** The calls the adapters make to other services: STS, SNS, Elastic Load Balancing, Auto Scaling, ECS, Security Hub, CloudTrail. */

import { type FakeAccount, FakeFault, type Item, type Params } from './account.ts';
import { getMetricData } from './cloudwatch.ts';

export interface Given {
  readonly account: FakeAccount;
  readonly accountId: string;
  readonly roles: readonly { readonly arn: string; readonly externalId?: string }[];
}

type ServiceAction = (given: Given, params: Params) => object;

const list = ({ account }: Given, name: string): Item[] => account.lists[name] ?? [];

/** A role's credentials contain its account id in their key, which tells the endpoint whose lists to return. */
const assumeRole: ServiceAction = ({ roles }, { RoleArn, ExternalId, RoleSessionName }) => {
  const role = roles.find(({ arn }) => arn === RoleArn);
  if (roles.length > 0 && (role === undefined || role.externalId !== ExternalId)) {
    throw new FakeFault('AccessDenied', `not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`, 403);
  }
  const accountId = String(RoleArn).split(':')[4];
  return {
    Credentials: {
      AccessKeyId: `ASIA${accountId}`,
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: new Date('2099-01-01T00:00:00Z'),
    },
    AssumedRoleUser: { Arn: `${RoleArn}/${RoleSessionName}`, AssumedRoleId: 'AROA:x' },
  };
};

export const QUERY_ACTIONS: Readonly<Record<string, ServiceAction>> = {
  AssumeRole: assumeRole,
  Publish: (_, { TopicArn }) => ({ MessageId: `mail to ${TopicArn}` }),
  GetCallerIdentity: ({ accountId }) => ({
    Account: accountId,
    Arn: `arn:aws:iam::${accountId}:root`,
    UserId: accountId,
  }),
  DescribeLoadBalancers: (given, { Marker, PageSize }) => {
    const from = Number(Marker ?? 0);
    const to = from + Math.min(Number(PageSize ?? 400), given.account.page);
    const all = list(given, 'LoadBalancers');
    return { LoadBalancers: all.slice(from, to), NextMarker: to < all.length ? String(to) : undefined };
  },
  DescribeListeners: (given, { LoadBalancerArn }) => ({
    Listeners: list(given, 'Listeners').filter((each) => each.LoadBalancerArn === LoadBalancerArn),
  }),
  DescribeLoadBalancerAttributes: (given, { LoadBalancerArn }) => ({
    Attributes:
      list(given, 'LoadBalancerAttributes').find((each) => each.LoadBalancerArn === LoadBalancerArn)?.Attributes ?? [],
  }),
  CompleteLifecycleAction: (given, { LifecycleActionToken }) => {
    const open = list(given, 'LifecycleActions');
    const at = open.findIndex((each) => each.LifecycleActionToken === LifecycleActionToken);
    if (at === -1) throw new FakeFault('ValidationError', 'No active Lifecycle Action found with token');
    open.splice(at, 1);
    return {};
  },
};

export const JSON_ACTIONS: Readonly<Record<string, ServiceAction>> = {
  GetMetricData: getMetricData,
  DescribeTasks: (given, { tasks, include }) => {
    if (tasks.length > 100) throw new FakeFault('InvalidParameterException', 'Tasks cannot be longer than 100');
    const found = list(given, 'Tasks').filter((task) => tasks.includes(task.taskArn));
    return {
      tasks: found.map(({ tags, ...task }) => (include?.includes('TAGS') ? { ...task, tags } : task)),
      failures: [],
    };
  },
  ListPublicKeys: (given, { NextToken }) => {
    const at = Number(NextToken ?? 0);
    const keys = list(given, 'PublicKeys');
    return { PublicKeyList: keys.slice(at, at + 1), NextToken: at + 1 < keys.length ? String(at + 1) : undefined };
  },
};
