/** The load balancers behind mirror targets, with their listeners: do they still accept VXLAN, and on which addresses? */

import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Scope } from '../../inventory/inventory.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import { answeredList } from './answered.ts';
import type { Item } from './describe.ts';

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
const PAGE = 400;

/** AWS's answers about load balancers. */
export interface LoadBalancerAnswers {
  readonly LoadBalancers: readonly Item[];
  readonly Listeners: readonly Item[];
}

/**
 * These load balancers, with their `Attributes` added, and all their listeners. Deleted ones are absent. The call lists all load
 * balancers and filters, because one unknown ARN would fail the request for all. Throws AwsCallError.
 */
export async function loadBalancersOf(
  clients: Clients,
  scope: Scope,
  arns: readonly string[],
): Promise<LoadBalancerAnswers> {
  if (arns.length === 0) return { LoadBalancers: [], Listeners: [] };
  const elb = await clients.in(ElasticLoadBalancingV2Client, scope);
  const call = <T>(operation: string, resourceId: string | undefined, send: () => Promise<T>): Promise<T> =>
    awsCall(operation, { ...scope, resourceId }, send);

  const balancers: { LoadBalancerArn?: string | undefined }[] = [];
  let Marker: string | undefined;
  do {
    const page = await call('DescribeLoadBalancers', undefined, () =>
      elb.send(new DescribeLoadBalancersCommand({ PageSize: PAGE, Marker })),
    );
    balancers.push(...answeredList(page.LoadBalancers, page, 'DescribeLoadBalancers', scope));
    Marker = page.NextMarker || undefined;
  } while (Marker !== undefined);

  const wanted = balancers.filter(({ LoadBalancerArn }) => arns.includes(LoadBalancerArn ?? ''));
  const described = await Promise.all(
    wanted.map(async (balancer) => {
      const LoadBalancerArn = balancer.LoadBalancerArn ?? '';
      const [attributes, listeners] = await Promise.all([
        call('DescribeLoadBalancerAttributes', LoadBalancerArn, () =>
          elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn })),
        ),
        // A Network Load Balancer has at most 50 listeners, so one page is enough.
        call('DescribeListeners', LoadBalancerArn, () =>
          elb.send(new DescribeListenersCommand({ LoadBalancerArn, PageSize: PAGE })),
        ),
      ]);
      return {
        balancer: {
          ...balancer,
          Attributes: answeredList(attributes.Attributes, attributes, 'DescribeLoadBalancerAttributes', scope),
        },
        listeners: answeredList(listeners.Listeners, listeners, 'DescribeListeners', scope),
      };
    }),
  );
  return {
    LoadBalancers: described.map(({ balancer }) => balancer),
    Listeners: described.flatMap(({ listeners }) => listeners),
  };
}
