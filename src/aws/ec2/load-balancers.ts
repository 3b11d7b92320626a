/** The load balancers behind mirror targets, with their listeners: whether they still take VXLAN, and where. */

import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Scope } from '../../inventory/inventory.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Item } from './reads.ts';

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
const PAGE = 400;

export interface LoadBalancerAnswers {
  readonly LoadBalancers: readonly Item[];
  readonly Listeners: readonly Item[];
}

/**
 * These balancers, each with its attributes beside its own fields, and all their listeners. One that is gone is not in the
 * answer: all are listed and the wanted ones picked, as asking for a missing ARN fails for the others too. Throws AwsCallError.
 */
export async function loadBalancersOf(
  clients: Clients,
  scope: Scope,
  arns: readonly string[],
): Promise<LoadBalancerAnswers> {
  if (arns.length === 0) return { LoadBalancers: [], Listeners: [] };
  const elb = await clients.in(ElasticLoadBalancingV2Client, scope);
  const call = <T>(operation: string, resourceId: string | undefined, send: () => Promise<T>): Promise<T> =>
    awsCall(operation, { ...scope, ...(resourceId === undefined ? {} : { resourceId }) }, send);

  const balancers: { LoadBalancerArn?: string | undefined }[] = [];
  let Marker: string | undefined;
  do {
    const page = await call('DescribeLoadBalancers', undefined, () =>
      elb.send(new DescribeLoadBalancersCommand({ PageSize: PAGE, Marker })),
    );
    balancers.push(...(page.LoadBalancers ?? []));
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);

  const wanted = balancers.filter(({ LoadBalancerArn }) => arns.includes(LoadBalancerArn ?? ''));
  const parts = await Promise.all(
    wanted.map(async (balancer) => {
      const LoadBalancerArn = balancer.LoadBalancerArn ?? '';
      const [attributes, listeners] = await Promise.all([
        call('DescribeLoadBalancerAttributes', LoadBalancerArn, () =>
          elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
        ),
        // A Network Load Balancer has at most 50 listeners: one page.
        call('DescribeListeners', LoadBalancerArn, () =>
          elb.send(new DescribeListenersCommand({ LoadBalancerArn, PageSize: PAGE })),
        ),
      ]);
      return {
        balancer: { ...balancer, Attributes: attributes.Attributes ?? [] },
        listeners: listeners.Listeners ?? [],
      };
    }),
  );
  return {
    LoadBalancers: parts.map(({ balancer }) => balancer),
    Listeners: parts.flatMap(({ listeners }) => listeners),
  };
}
