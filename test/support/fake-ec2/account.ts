/** One account and region of the fake: its lists in the form the AWS CLI prints, and EC2's rules for traffic mirroring. */

/** An error the endpoint responds with. */
export class FakeFault extends Error {
  override name = 'FakeFault';
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an item of AWS's answers is whatever a test puts there
export type Item = Record<string, any>;

/** The lists of a region under their names in AWS's responses. Absent lists are empty. */
export interface Lists {
  readonly [list: string]: Item[];
}

export interface Quotas {
  readonly sourcesPerTarget: number;
  readonly sessions: number;
}

/** The account's state. `page` caps the size of every page, as AWS may. */
export interface FakeAccount {
  readonly lists: Record<string, Item[]>;
  readonly quotas: Quotas;
  readonly page: number;
  nextId: number;
  /** Sessions that exist and that no Describe call lists yet. @default none */
  unlisted?: ReadonlySet<string>;
}

/** Query parameters, unfolded: `Filter.1.Value.2` → `{Filter: [{Value: [...]}]}`. */
export type Params = Item;

export type Action = (account: FakeAccount, params: Params) => object;

const number = (value: unknown): number => Number.parseInt(String(value), 10);

/** The value that each filter compares, or the values of which one has to fit, by the filter's name. */
const FILTERS: Readonly<Record<string, (item: Item) => unknown>> = {
  'instance-id': (item) => item.InstanceId,
  'attachment.instance-id': (item) => item.Attachment?.InstanceId,
  'network-interface-id': (item) => item.NetworkInterfaceId,
  description: (item) => item.Description,
  'group-id': (item) => item.Groups?.map(({ GroupId }: Item) => GroupId),
  'traffic-mirror-target-id': (item) => item.TrafficMirrorTargetId,
  'traffic-mirror-session-id': (item) => item.TrafficMirrorSessionId,
  'vpc-endpoint-id': (item) => item.VpcEndpointId,
};

/** The items that pass the request's filters. */
export function filtered(items: readonly Item[], params: Params): Item[] {
  const filters: Item[] = params.Filter ?? [];
  return items.filter((item) =>
    filters.every(({ Name, Value }) => {
      const of = FILTERS[Name];
      if (of === undefined) throw new FakeFault('InvalidParameterValue', `The filter '${Name}' is invalid`);
      if (Value.length > 200) throw new FakeFault('FilterLimitExceeded', 'The maximum number of filter values is 200');
      const values = of(item);
      return (Array.isArray(values) ? values : [values]).some((value) => Value.includes(value));
    }),
  );
}

/** The page of a list that `MaxResults` and `NextToken` ask for. */
function paged(
  account: FakeAccount,
  key: string,
  items: readonly Item[],
  params: Params,
  low: number,
  high: number,
): object {
  const size = params.MaxResults === undefined ? high : number(params.MaxResults);
  if (size < low || size > high) {
    throw new FakeFault(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${low} and ${high}.`,
    );
  }
  const from = params.NextToken === undefined ? 0 : number(params.NextToken);
  const to = from + Math.min(size, account.page);
  return { [key]: items.slice(from, to), NextToken: to < items.length ? String(to) : undefined };
}

const describe =
  (key: string, low = 5, high = 1000): Action =>
  (account, params) => {
    const { lists, unlisted } = account;
    const listed = (lists[key] ?? []).filter((item) => unlisted?.has(item.TrafficMirrorSessionId) !== true);
    return paged(account, key, filtered(listed, params), params, low, high);
  };

const describeInstances: Action = (account, params) => {
  const reservations = (account.lists.Reservations ?? [])
    .map((each) => ({
      ...each,
      Instances: filtered(each.Instances ?? [], params).filter(
        (i) => !i.Operator?.Managed || params.IncludeManagedResources === 'true',
      ),
    }))
    .filter(({ Instances }) => Instances.length > 0);
  return paged(account, 'Reservations', reservations, params, 5, 1000);
};

function find(account: FakeAccount, list: string, id: string, value: unknown, missing: string): Item {
  const found = (account.lists[list] ?? []).find((item) => item[id] === value);
  if (found === undefined) throw new FakeFault(missing, `The ${id} '${value}' does not exist`);
  return found;
}

const sessionsIn = (account: FakeAccount): Item[] => {
  account.lists.TrafficMirrorSessions ??= [];
  return account.lists.TrafficMirrorSessions;
};

const tagsOf = (params: Params): Item[] => params.TagSpecification?.[0]?.Tag ?? [];

/** The resource that an earlier request with this client token created. A different request with the same token is refused. */
function madeBefore(items: readonly Item[], params: Params): Item | undefined {
  const before = items.find((each) => each.ClientToken !== undefined && each.ClientToken === params.ClientToken);
  if (before !== undefined && before.asked !== JSON.stringify(params)) {
    throw new FakeFault('IdempotentParameterMismatch', `${params.ClientToken} was used with other parameters`);
  }
  return before;
}

/** The target, when it has room for the source. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-limits.html */
function targetWithRoom(account: FakeAccount, id: string, source: string): void {
  const target = find(
    account,
    'TrafficMirrorTargets',
    'TrafficMirrorTargetId',
    id,
    'InvalidTrafficMirrorTargetId.NotFound',
  );
  const onIt = sessionsIn(account).filter((each) => each.TrafficMirrorTargetId === id);
  const sources = new Set(onIt.map((each) => each.NetworkInterfaceId));
  if (target.Type === 'network-interface' && !sources.has(source) && sources.size >= account.quotas.sourcesPerTarget) {
    throw new FakeFault('TrafficMirrorSourcesPerTargetLimitExceeded', `${id} is full`);
  }
}

function interfaceOf(account: FakeAccount, id: string): Item {
  return find(account, 'NetworkInterfaces', 'NetworkInterfaceId', id, 'InvalidNetworkInterfaceID.NotFound');
}

function refuseTarget(account: FakeAccount, id: string): void {
  if ((account.lists.TrafficMirrorTargets ?? []).some((each) => each.NetworkInterfaceId === id)) {
    throw new FakeFault('InterfaceInUseByTrafficMirrorTarget', `${id} is in use by a target`);
  }
}

const createSession: Action = (account, params) => {
  const sessions = sessionsIn(account);
  const again = madeBefore(sessions, params);
  if (again !== undefined) return { TrafficMirrorSession: again };
  const { NetworkInterfaceId, TrafficMirrorTargetId, TrafficMirrorFilterId } = params;
  const SessionNumber = number(params.SessionNumber);
  if (!(SessionNumber >= 1 && SessionNumber <= 32_766))
    throw new FakeFault('InvalidParameterValue', 'sessionNumber is invalid');
  const source = interfaceOf(account, NetworkInterfaceId);
  find(
    account,
    'TrafficMirrorFilters',
    'TrafficMirrorFilterId',
    TrafficMirrorFilterId,
    'InvalidTrafficMirrorFilterId.NotFound',
  );
  refuseTarget(account, NetworkInterfaceId);
  if ((source.InterfaceType ?? 'interface') !== 'interface') {
    throw new FakeFault('NetworkInterfaceNotSupported', `${NetworkInterfaceId} is not supported`);
  }
  const mine = sessions.filter((each) => each.NetworkInterfaceId === NetworkInterfaceId);
  if (mine.length >= 3) throw new FakeFault('TrafficMirrorSessionsPerInterfaceLimitExceeded', 'three sessions');
  if (mine.some((each) => each.SessionNumber === SessionNumber)) {
    throw new FakeFault('InvalidParameterValue', `SessionNumber ${SessionNumber} is already in use`);
  }
  if (sessions.length >= account.quotas.sessions) throw new FakeFault('TrafficMirrorSessionLimitExceeded', 'too many');
  targetWithRoom(account, TrafficMirrorTargetId, NetworkInterfaceId);
  const session = {
    TrafficMirrorSessionId: `tms-${String(account.nextId++).padStart(17, '0')}`,
    TrafficMirrorTargetId,
    TrafficMirrorFilterId,
    NetworkInterfaceId,
    SessionNumber,
    VirtualNetworkId: account.nextId,
    Description: params.Description,
    Tags: tagsOf(params),
    ClientToken: params.ClientToken,
    asked: JSON.stringify(params),
  };
  sessions.push(session);
  return { TrafficMirrorSession: session };
};

const sessionNamed = (account: FakeAccount, id: unknown) =>
  find(account, 'TrafficMirrorSessions', 'TrafficMirrorSessionId', id, 'InvalidTrafficMirrorSessionId.NotFound');

const modifySession: Action = (account, params) => {
  const session = sessionNamed(account, params.TrafficMirrorSessionId);
  if (params.TrafficMirrorTargetId !== undefined) {
    targetWithRoom(account, params.TrafficMirrorTargetId, session.NetworkInterfaceId);
  }
  for (const key of ['TrafficMirrorTargetId', 'TrafficMirrorFilterId']) session[key] = params[key] ?? session[key];
  if (params.SessionNumber !== undefined) session.SessionNumber = number(params.SessionNumber);
  return { TrafficMirrorSession: session };
};

const deleteSession: Action = (account, params) => {
  const id = params.TrafficMirrorSessionId;
  const session = sessionNamed(account, id);
  sessionsIn(account).splice(sessionsIn(account).indexOf(session), 1);
  return { TrafficMirrorSessionId: id };
};

const createTarget: Action = (account, params) => {
  const { NetworkInterfaceId } = params;
  const targets = account.lists.TrafficMirrorTargets ?? [];
  const again = madeBefore(targets, params);
  if (again !== undefined) return { TrafficMirrorTarget: again };
  interfaceOf(account, NetworkInterfaceId);
  refuseTarget(account, NetworkInterfaceId);
  if (sessionsIn(account).some((each) => each.NetworkInterfaceId === NetworkInterfaceId)) {
    throw new FakeFault('InterfaceInUseByTrafficMirrorSession', `${NetworkInterfaceId} is mirrored`);
  }
  const target = {
    TrafficMirrorTargetId: `tmt-${String(account.nextId++).padStart(17, '0')}`,
    NetworkInterfaceId,
    Type: 'network-interface',
    Tags: tagsOf(params),
    ClientToken: params.ClientToken,
    asked: JSON.stringify(params),
  };
  account.lists.TrafficMirrorTargets = [...targets, target];
  return { TrafficMirrorTarget: target };
};

const prefixListEntries: Action = (account, params) => {
  const list = find(account, 'PrefixLists', 'PrefixListId', params.PrefixListId, 'InvalidPrefixListID.NotFound');
  return paged(account, 'Entries', list.Entries ?? [], params, 1, 100);
};

/** The actions of EC2 that the adapters use. */
export const EC2_ACTIONS: Readonly<Record<string, Action>> = {
  DescribeInstances: describeInstances,
  DescribeNetworkInterfaces: describe('NetworkInterfaces'),
  DescribeSecurityGroups: describe('SecurityGroups'),
  DescribeSecurityGroupRules: describe('SecurityGroupRules'),
  DescribeNetworkAcls: describe('NetworkAcls'),
  DescribeSubnets: describe('Subnets'),
  DescribeRouteTables: describe('RouteTables', 5, 100),
  DescribeVpcPeeringConnections: describe('VpcPeeringConnections'),
  DescribeTransitGatewayVpcAttachments: describe('TransitGatewayVpcAttachments'),
  DescribeTrafficMirrorTargets: describe('TrafficMirrorTargets'),
  DescribeTrafficMirrorFilters: describe('TrafficMirrorFilters'),
  DescribeTrafficMirrorSessions: describe('TrafficMirrorSessions'),
  DescribeVpcEndpoints: describe('VpcEndpoints'),
  GetManagedPrefixListEntries: prefixListEntries,
  CreateTrafficMirrorSession: createSession,
  ModifyTrafficMirrorSession: modifySession,
  DeleteTrafficMirrorSession: deleteSession,
  CreateTrafficMirrorTarget: createTarget,
};
