/** The describe calls of EC2, each to its last page: what the inventory is put together from. */

import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
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

/** AWS's largest page: an unpaginated describe has a throttle of its own, at half the rate. */
const PAGE = 1000;
/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html */
const PREFIX_LIST_PAGE = 100;
/** Values that one filter may carry. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */
const FILTER_VALUES = 200;

/** One condition on what is described: `name` equals any of `values`. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** An item as the SDK answers it, of which nothing is known yet; see `shapes.ts`. */
export type Item = object;

interface Page {
  readonly NextToken?: string | undefined;
}

/**
 * The lists of one account and region, as AWS answers them. A method with a filter asks for its values 200 at a time, so that
 * an id that does not exist is simply not in the answer; a filter without values makes no call. Every method throws AwsCallError.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
 */
export interface Ec2Reads {
  /** Reservations with their instances, also those that services manage and hide from plain calls. */
  reservations(filter?: Filter): Promise<readonly Item[]>;
  networkInterfaces(filter?: Filter): Promise<readonly Item[]>;
  trafficMirrorSessions(filter?: Filter): Promise<readonly Item[]>;
  vpcEndpoints(filter: Filter): Promise<readonly Item[]>;
  prefixListEntries(prefixListId: string): Promise<readonly Item[]>;
  /** A list that is read whole. */
  list(name: WholeList): Promise<readonly Item[]>;
}

type Ask = (ec2: EC2Client, NextToken: string | undefined) => Promise<Page>;

interface WholeRead {
  readonly operation: string;
  readonly ask: Ask;
}

/** Lists read whole, by their key in AWS's answer. Each changes seldom, and is small beside the instances. */
const WHOLE = {
  SecurityGroups: {
    operation: 'DescribeSecurityGroups',
    ask: (ec2, NextToken) => ec2.send(new DescribeSecurityGroupsCommand({ MaxResults: PAGE, NextToken })),
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
    // The one list of these whose largest page is smaller.
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
} satisfies Record<string, WholeRead>;

export type WholeList = keyof typeof WHOLE;

/** Reads of a scope through a client that is already in its account and region. */
export function ec2Reads(ec2: EC2Client, scope: Scope): Ec2Reads {
  // Some endpoints do not know the parameter yet; once one has said so it is not asked again.
  let managed = true;

  const pages = async (operation: string, key: string, ask: Ask): Promise<readonly Item[]> => {
    const items: Item[] = [];
    let token: string | undefined;
    do {
      const answer: Page = await awsCall(operation, scope, () => ask(ec2, token));
      items.push(...(((answer as Record<string, unknown>)[key] as readonly Item[] | undefined) ?? []));
      token = answer.NextToken || undefined;
    } while (token !== undefined);
    return items;
  };

  const filtered = async (
    filter: Filter | undefined,
    read: (f: SdkFilters) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> => {
    if (filter === undefined) return read({});
    const values = [...new Set(filter.values)];
    const parts: Promise<readonly Item[]>[] = [];
    for (let from = 0; from < values.length; from += FILTER_VALUES) {
      parts.push(read({ Filters: [{ Name: filter.name, Values: values.slice(from, from + FILTER_VALUES) }] }));
    }
    return (await Promise.all(parts)).flat();
  };

  const withManaged = async (
    read: (also: { IncludeManagedResources?: true }) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]> => {
    if (!managed) return read({});
    try {
      return await read({ IncludeManagedResources: true });
    } catch (fault) {
      if (awsCodeOf(fault) !== 'UnknownParameter') throw fault;
      managed = false;
      return read({});
    }
  };

  return {
    reservations: (filter) =>
      filtered(filter, (Filters) =>
        withManaged((also) =>
          pages('DescribeInstances', 'Reservations', (client, NextToken) => {
            const input: DescribeInstancesCommandInput = { ...Filters, ...also, MaxResults: PAGE, NextToken };
            return client.send(new DescribeInstancesCommand(input));
          }),
        ),
      ),
    networkInterfaces: (filter) =>
      filtered(filter, (Filters) =>
        withManaged((also) =>
          pages('DescribeNetworkInterfaces', 'NetworkInterfaces', (client, NextToken) =>
            client.send(new DescribeNetworkInterfacesCommand({ ...Filters, ...also, MaxResults: PAGE, NextToken })),
          ),
        ),
      ),
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
      const { operation, ask } = WHOLE[name] as WholeRead;
      return pages(operation, name, ask);
    },
  };
}

interface SdkFilters {
  readonly Filters?: { Name: string; Values: string[] }[];
}
