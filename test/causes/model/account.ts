/** The account of the model: flat tables of plain entities, changed only by `put` and `drop`, which share what stays the same. */

export type Tags = Readonly<Record<string, string>>;

export interface Instance {
  readonly id: string;
  readonly subnetId: string;
  readonly type: string;
  /** Settled states only: the model's clock never stops between a call and its effect. */
  readonly state: 'running' | 'stopped' | 'terminated';
  readonly tags: Tags;
  readonly imageId: string;
  readonly reservationId: string;
  /** ISO 8601 UTC. */
  readonly launchTime: string;
}

export interface Attachment {
  readonly id: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
}

export interface Interface {
  readonly id: string;
  readonly subnetId: string;
  readonly address: string;
  readonly groupIds: readonly string[];
  readonly attachment: Attachment | null;
}

/** A subnet with its two associations: every subnet has an ACL; only some have a route table of their own. */
export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly zone: string;
  readonly aclId: string;
  readonly aclAssociationId: string;
  readonly tableId: string | null;
  readonly tableAssociationId: string | null;
}

export interface Group {
  readonly id: string;
  readonly vpcId: string;
}

/** One rule of a security group: one protocol, one range of ports, one peer. */
export interface GroupRule {
  readonly id: string;
  readonly groupId: string;
  readonly isEgress: boolean;
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
  /** The peer: either a block or a group. */
  readonly cidr: string | null;
  readonly peerGroupId: string | null;
}

export interface Acl {
  readonly id: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
}

export interface AclEntry {
  readonly aclId: string;
  readonly number: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly cidr: string;
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  /** The id of the association that makes it its VPC's main table; null for the others. */
  readonly mainAssociationId: string | null;
}

export interface Route {
  readonly tableId: string;
  readonly destination: string;
  /** `local`, `pcx-…`, `igw-…` or `nat-…`. */
  readonly target: string;
}

export interface Peering {
  readonly id: string;
  readonly requesterVpcId: string;
  readonly accepterVpcId: string;
}

export interface Target {
  readonly id: string;
  readonly interfaceId: string;
}

export interface Filter {
  readonly id: string;
}

export interface FilterRule {
  readonly id: string;
  readonly filterId: string;
  readonly direction: 'ingress' | 'egress';
  readonly number: number;
  readonly action: 'accept' | 'reject';
  /** Null for every protocol. */
  readonly protocol: number | null;
}

export interface Session {
  readonly id: string;
  readonly interfaceId: string;
  readonly targetId: string;
  readonly filterId: string;
  readonly number: number;
  /** True when it carries our tag. */
  readonly managed: boolean;
}

type Table<T> = Readonly<Record<string, T>>;

/** One account and region. Every entity is found by its id; entries and routes, which have none, by `entryKey` and `routeKey`. */
export interface Account {
  readonly instances: Table<Instance>;
  readonly interfaces: Table<Interface>;
  readonly subnets: Table<Subnet>;
  readonly groups: Table<Group>;
  readonly groupRules: Table<GroupRule>;
  readonly acls: Table<Acl>;
  readonly aclEntries: Table<AclEntry>;
  readonly routeTables: Table<RouteTable>;
  readonly routes: Table<Route>;
  readonly peerings: Table<Peering>;
  readonly targets: Table<Target>;
  readonly filters: Table<Filter>;
  readonly filterRules: Table<FilterRule>;
  readonly sessions: Table<Session>;
}

export type TableName = keyof Account;
export type EntityOf<K extends TableName> = Account[K][string];

export const TABLE_NAMES: readonly TableName[] = [
  ...(['instances', 'interfaces', 'subnets', 'groups', 'groupRules', 'acls', 'aclEntries'] as const),
  ...(['routeTables', 'routes', 'peerings', 'targets', 'filters', 'filterRules', 'sessions'] as const),
];

export const EMPTY: Account = {
  instances: {},
  interfaces: {},
  subnets: {},
  groups: {},
  groupRules: {},
  acls: {},
  aclEntries: {},
  routeTables: {},
  routes: {},
  peerings: {},
  targets: {},
  filters: {},
  filterRules: {},
  sessions: {},
};

export function entryKey({ aclId, egress, number }: Pick<AclEntry, 'aclId' | 'egress' | 'number'>): string {
  return `${aclId}/${egress ? 'egress' : 'ingress'}/${number}`;
}

export function routeKey({ tableId, destination }: Pick<Route, 'tableId' | 'destination'>): string {
  return `${tableId}/${destination}`;
}

/**
 * The account with this entity under this key. The same object when nothing changes by it: that is how the model knows that a call
 * changed nothing.
 */
export function put<K extends TableName>(account: Account, table: K, key: string, entity: EntityOf<K>): Account {
  const before = account[table][key];
  if (before !== undefined && isEqual(before, entity)) return account;
  return { ...account, [table]: { ...account[table], [key]: entity } };
}

/** Whether two entities of one table say the same. Most fields are text or numbers; the few others are compared as JSON. */
function isEqual<T extends object>(a: T, b: T): boolean {
  for (const field in a) {
    if (a[field] === b[field]) continue;
    if (typeof a[field] !== 'object' || JSON.stringify(a[field]) !== JSON.stringify(b[field])) return false;
  }
  return true;
}

/** The account without these keys of a table; the same object when it has none of them. */
export function drop(account: Account, table: TableName, keys: readonly string[]): Account {
  const present = keys.filter((key) => account[table][key] !== undefined);
  if (present.length === 0) return account;
  const rest: Record<string, unknown> = { ...account[table] };
  for (const key of present) delete rest[key];
  return { ...account, [table]: rest };
}

/** Tags in order of their keys, so that equal tags are equal text. */
export function sortedTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const entityKeys = new WeakMap<object, string>();
const tableKeys = new WeakMap<object, string>();

/** An entity as text. Entities are never mutated, so the text is kept. */
function entityKey(entity: object): string {
  const known = entityKeys.get(entity);
  if (known !== undefined) return known;
  const key = JSON.stringify(entity);
  entityKeys.set(entity, key);
  return key;
}

/** A table as text: equal for equal contents, in whichever order they were put. */
export function tableKey(table: Readonly<Record<string, object>>): string {
  const known = tableKeys.get(table);
  if (known !== undefined) return known;
  const key = Object.keys(table)
    .sort()
    .map((id) => `${id}=${entityKey(table[id] ?? {})}`)
    .join('\n');
  tableKeys.set(table, key);
  return key;
}

/** An account as text: two accounts are the same exactly when these are. */
export function accountKey(account: Account): string {
  return TABLE_NAMES.map((name) => tableKey(account[name])).join('\n\n');
}
