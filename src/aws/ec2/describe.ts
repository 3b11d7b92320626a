/** EC2's describe calls, read to the last page: the raw material of an inventory. */

import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  type DescribeNetworkInterfacesCommandInput,
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
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import { awsCodeOf } from '../../errors.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { awsCall } from '../call.ts';
import { answeredList } from './answered.ts';

/** AWS's largest page. Describe calls without pagination have a throttle of half the rate. */
const PAGE = 1000;
/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html */
const PREFIX_LIST_PAGE = 100;
/** The most values in one filter: a read by more ids takes several calls. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */
export const FILTER_VALUES = 200;

/** A condition: `name` equals any of `values`. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** An item as the SDK returns it, not validated yet; see `to-inventory.ts`. */
export type Item = object;

interface Page {
  readonly NextToken?: string | undefined;
  readonly $metadata?: { readonly requestId?: string | undefined } | undefined;
}

/**
 * The lists of one account and region as AWS returns them. A filter's values are sent 200 at a time, and ids that do not exist are
 * absent from the answer. A filter without values makes no call. Every method throws AwsCallError.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
 */
export interface Ec2Lists {
  /** Reservations with their instances, including service-managed ones, which plain calls hide. */
  reservations(filter?: Filter): Promise<readonly Item[]>;
  networkInterfaces(filter?: Filter): Promise<readonly Item[]>;
  trafficMirrorSessions(filter?: Filter): Promise<readonly Item[]>;
  vpcEndpoints(filter: Filter): Promise<readonly Item[]>;
  prefixListEntries(prefixListId: string): Promise<readonly Item[]>;
  /** A list in full, without a filter. */
  list(name: UnfilteredList): Promise<readonly Item[]>;
  /** All reservations, in one call; undefined if there are more than a page holds. */
  pageOfReservations(): Promise<readonly Item[] | undefined>;
  /** All interfaces, likewise. */
  pageOfInterfaces(): Promise<readonly Item[] | undefined>;
}

type Ask = (ec2: EC2Client, NextToken: string | undefined) => Promise<Page>;

interface UnfilteredRead {
  readonly operation: string;
  readonly ask: Ask;
}

/** Lists that are always read in full, by their key in AWS's answer. They change rarely and are small next to the instances. */
const UNFILTERED = {
  SecurityGroups: {
    operation: 'DescribeSecurityGroups',
    ask: (ec2, NextToken) => ec2.send(new DescribeSecurityGroupsCommand({ MaxResults: PAGE, NextToken })),
  },
  SecurityGroupRules: {
    operation: 'DescribeSecurityGroupRules',
    ask: (ec2, NextToken) => ec2.send(new DescribeSecurityGroupRulesCommand({ MaxResults: PAGE, NextToken })),
  },
  NetworkAcls: {
    operation: 'DescribeNetworkAcls',
    ask: (ec2, NextToken) => ec2.send(new DescribeNetworkAclsCommand({ MaxResults: PAGE, NextToken })),
  },
  Subnets: {
    operation: 'DescribeSubnets',
    ask: (ec2, NextToken) => ec2.send(new DescribeSubnetsCommand({ MaxResults: PAGE, NextToken })),
  },
  RouteTables: {
    operation: 'DescribeRouteTables',
    // The only one of these calls with a smaller maximum page.
    ask: (ec2, NextToken) => ec2.send(new DescribeRouteTablesCommand({ MaxResults: 100, NextToken })),
  },
  VpcPeeringConnections: {
    operation: 'DescribeVpcPeeringConnections',
    ask: (ec2, NextToken) => ec2.send(new DescribeVpcPeeringConnectionsCommand({ MaxResults: PAGE, NextToken })),
  },
  TransitGatewayVpcAttachments: {
    operation: 'DescribeTransitGatewayVpcAttachments',
    ask: (ec2, NextToken) => ec2.send(new DescribeTransitGatewayVpcAttachmentsCommand({ MaxResults: PAGE, NextToken })),
  },
  TrafficMirrorTargets: {
    operation: 'DescribeTrafficMirrorTargets',
    ask: (ec2, NextToken) => ec2.send(new DescribeTrafficMirrorTargetsCommand({ MaxResults: PAGE, NextToken })),
  },
  TrafficMirrorFilters: {
    operation: 'DescribeTrafficMirrorFilters',
    ask: (ec2, NextToken) => ec2.send(new DescribeTrafficMirrorFiltersCommand({ MaxResults: PAGE, NextToken })),
  },
} satisfies Record<string, UnfilteredRead>;

/** A list that is always read in full. */
export type UnfilteredList = keyof typeof UNFILTERED;

/** The lists of a scope. `ec2` is a client for its account and region. */
export function describeEc2(ec2: EC2Client, scope: Scope): Ec2Lists {
  // Some endpoints do not know the parameter yet. After the first refusal we stop sending it.
  let includesManaged = true;

  const listIn = (answer: Page, operation: string, key: string): readonly Item[] => {
    const list = (answer as Record<string, unknown>)[key] as readonly Item[] | undefined;
    return answeredList(list, answer, operation, scope);
  };

  const pages = async (operation: string, key: string, ask: Ask): Promise<readonly Item[]> => {
    const items: Item[] = [];
    let token: string | undefined;
    do {
      const answer: Page = await awsCall(operation, scope, () => ask(ec2, token));
      items.push(...listIn(answer, operation, key));
      token = answer.NextToken || undefined;
    } while (token !== undefined);
    return items;
  };

  const onePage = async (operation: string, key: string, ask: Ask): Promise<readonly Item[] | undefined> => {
    const answer: Page = await awsCall(operation, scope, () => ask(ec2, undefined));
    return answer.NextToken ? undefined : listIn(answer, operation, key);
  };

  const withManaged = async <T>(read: (also: { IncludeManagedResources?: true }) => Promise<T>): Promise<T> => {
    if (!includesManaged) return read({});
    try {
      return await read({ IncludeManagedResources: true });
    } catch (fault) {
      if (awsCodeOf(fault) !== 'UnknownParameter') throw fault;
      includesManaged = false;
      return read({});
    }
  };

  return {
    reservations: (filter) =>
      filtered(filter, (Filters) =>
        withManaged((also) => pages('DescribeInstances', 'Reservations', askInstances({ ...Filters, ...also }))),
      ),
    pageOfReservations: () => withManaged((also) => onePage('DescribeInstances', 'Reservations', askInstances(also))),
    networkInterfaces: (filter) =>
      filtered(filter, (Filters) =>
        withManaged((also) =>
          pages('DescribeNetworkInterfaces', 'NetworkInterfaces', askInterfaces({ ...Filters, ...also })),
        ),
      ),
    pageOfInterfaces: () =>
      withManaged((also) => onePage('DescribeNetworkInterfaces', 'NetworkInterfaces', askInterfaces(also))),
    trafficMirrorSessions: (filter) =>
      filtered(filter, (Filters) =>
        pages('DescribeTrafficMirrorSessions', 'TrafficMirrorSessions', (client, NextToken) =>
          client.send(new DescribeTrafficMirrorSessionsCommand({ ...Filters, MaxResults: PAGE, NextToken })),
        ),
      ),
    vpcEndpoints: (filter) =>
      filtered(filter, (Filters) =>
        pages('DescribeVpcEndpoints', 'VpcEndpoints', (client, NextToken) =>
          client.send(new DescribeVpcEndpointsCommand({ ...Filters, MaxResults: PAGE, NextToken })),
        ),
      ),
    prefixListEntries: (PrefixListId) =>
      pages('GetManagedPrefixListEntries', 'Entries', (client, NextToken) =>
        client.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: PREFIX_LIST_PAGE, NextToken })),
      ),
    list: (name) => {
      const { operation, ask }: UnfilteredRead = UNFILTERED[name];
      return pages(operation, name, ask);
    },
  };
}

function askInstances(input: DescribeInstancesCommandInput): Ask {
  return (ec2, NextToken) => ec2.send(new DescribeInstancesCommand({ ...input, MaxResults: PAGE, NextToken }));
}

function askInterfaces(input: DescribeNetworkInterfacesCommandInput): Ask {
  return (ec2, NextToken) => ec2.send(new DescribeNetworkInterfacesCommand({ ...input, MaxResults: PAGE, NextToken }));
}

/** Reads with a filter, 200 of its values at a time. */
async function filtered(
  filter: Filter | undefined,
  read: (filters: SdkFilters) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  if (filter === undefined) return read({});
  const values = [...new Set(filter.values)];
  const batches: Promise<readonly Item[]>[] = [];
  for (let from = 0; from < values.length; from += FILTER_VALUES) {
    batches.push(read({ Filters: [{ Name: filter.name, Values: values.slice(from, from + FILTER_VALUES) }] }));
  }
  return (await Promise.all(batches)).flat();
}

interface SdkFilters {
  readonly Filters?: { Name: string; Values: string[] }[];
}
