/** What the judge looks at to judge one resource. A test compares what it finds there with what it finds in the whole account. */

import { type Account, EMPTY, type GroupRule, type TableName } from '../account.ts';

/**
 * The part of an account that decides how one instance or session is judged: the instance with its interfaces, the sessions on
 * these, and for every session its filter, its target, what is behind that, and the way there. Judging the part costs little, and
 * accounts that differ elsewhere have the same part.
 */
export function lookedAt(account: Account, resourceId: string): Account {
  const source = account.sessions[resourceId]?.interfaceId;
  const instanceId = source === undefined ? resourceId : account.interfaces[source]?.attachment?.instanceId;
  const sources = Object.values(account.interfaces).filter(
    ({ id, attachment }) => id === source || (attachment !== null && attachment.instanceId === instanceId),
  );
  const sourceIds = new Set(sources.map(({ id }) => id));
  const sessions = Object.values(account.sessions).filter(({ interfaceId }) => sourceIds.has(interfaceId));
  // Whether a session has something to mirror does not depend on where it leads.
  const targetIds = new Set(source === undefined ? sessions.map(({ targetId }) => targetId) : []);
  const targets = Object.values(account.targets).filter(
    ({ id, interfaceId }) => targetIds.has(id) || sourceIds.has(interfaceId),
  );
  const sensors = targets.flatMap(({ interfaceId }) => account.interfaces[interfaceId] ?? []);
  const groupIds = new Set(sensors.flatMap((sensor) => sensor.groupIds));
  const filterIds = new Set(sessions.map(({ filterId }) => filterId));
  const subnets = [...sources, ...sensors].flatMap(({ subnetId }) => account.subnets[subnetId] ?? []);
  const aclIds = new Set(sensors.flatMap(({ subnetId }) => account.subnets[subnetId]?.aclId ?? []));
  const tables = Object.values(account.routeTables).filter(({ id, vpcId, mainAssociationId }) =>
    subnets.some((subnet) => subnet.tableId === id || (mainAssociationId !== null && subnet.vpcId === vpcId)),
  );
  const tableIds = new Set(tables.map(({ id }) => id));
  const pick = <K extends TableName>(table: K, keys: Iterable<string>): Account[K] => picked(account[table], keys);
  const keysOf = <T>(table: Readonly<Record<string, T>>, isIn: (entity: T) => boolean): readonly string[] =>
    Object.keys(table).filter((key) => {
      const entity = table[key];
      return entity !== undefined && isIn(entity);
    });
  return {
    ...EMPTY,
    instances: pick('instances', [
      ...(instanceId === undefined ? [] : [instanceId]),
      ...sensors.flatMap(({ attachment }) => attachment?.instanceId ?? []),
    ]),
    interfaces: pick('interfaces', [...sourceIds, ...sensors.map(({ id }) => id)]),
    subnets: pick(
      'subnets',
      subnets.map(({ id }) => id),
    ),
    groups: pick('groups', groupIds),
    groupRules: pick(
      'groupRules',
      keysOf(account.groupRules, (rule) => groupIds.has(rule.groupId) && !rule.isEgress && maySpeakOfCopies(rule)),
    ),
    acls: pick('acls', aclIds),
    aclEntries: pick(
      'aclEntries',
      keysOf(account.aclEntries, (entry) => aclIds.has(entry.aclId) && !entry.egress && maySpeakOfCopies(entry)),
    ),
    routeTables: pick('routeTables', tableIds),
    routes: pick(
      'routes',
      keysOf(account.routes, ({ tableId }) => tableIds.has(tableId)),
    ),
    peerings: account.peerings,
    targets: pick(
      'targets',
      targets.map(({ id }) => id),
    ),
    filters: pick('filters', filterIds),
    filterRules: pick(
      'filterRules',
      keysOf(account.filterRules, ({ filterId }) => filterIds.has(filterId)),
    ),
    sessions: pick(
      'sessions',
      sessions.map(({ id }) => id),
    ),
  };
}

/** False for rules that no udp packet to port 4789 can match. */
function maySpeakOfCopies({
  protocol,
  fromPort,
  toPort,
}: Pick<GroupRule, 'protocol' | 'fromPort' | 'toPort'>): boolean {
  if (protocol === '-1') return true;
  return (protocol === 'udp' || protocol === '17') && (fromPort ?? 0) <= 4789 && 4789 <= (toPort ?? 65_535);
}

function picked<T extends Readonly<Record<string, unknown>>>(table: T, keys: Iterable<string>): T {
  const kept: Record<string, unknown> = {};
  for (const key of keys) if (table[key] !== undefined) kept[key] = table[key];
  return kept as T;
}
