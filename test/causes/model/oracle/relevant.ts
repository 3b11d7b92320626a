/**
 * The part of an account and of a history that can matter to one resource: what the judge looks at, by reference from the resource,
 * and the calls about it. A test compares what is judged of the part with what is judged of the whole.
 */

import { type Account, TABLE_NAMES, type TableName } from '../account.ts';
import type { Call } from '../call.ts';
import { aboutOf } from '../simulate.ts';

/** An account before a history, and the history. */
export interface Past {
  readonly initial: Account;
  readonly calls: readonly Call[];
}

/**
 * A past without everything that cannot matter to this resource; with `sensors: false`, without what is behind the targets, which
 * does not matter to whether a resource is a source and has sessions.
 */
export function relevantTo(resourceId: string, past: Past, options: Follow = WHOLE): Past {
  const { ids, calls } = reachOf(resourceId, past, options);
  return {
    initial: only(past.initial, ids),
    calls: past.calls
      .filter((call) => calls.has(call))
      .map((call) => trimmed(call, (id) => (resourceId.startsWith('i-') ? id === resourceId : ids.has(id)), ids)),
  };
}

/** A call on several resources does the same to each: here it is one on those that matter. */
function trimmed(call: Call, hasTags: (id: string) => boolean, ids: ReadonlySet<string>): Call {
  switch (call.eventName) {
    case 'CreateTags':
      return { ...call, params: { ...call.params, resourceIds: call.params.resourceIds.filter(hasTags) } };
    case 'DeleteTags':
      return { ...call, params: { ...call.params, resourceIds: call.params.resourceIds.filter(hasTags) } };
    case 'StartInstances':
    case 'StopInstances':
    case 'TerminateInstances':
      return { ...call, params: { instanceIds: call.params.instanceIds.filter((id) => ids.has(id)) } };
    default:
      return call;
  }
}

const WHOLE: Follow = { sensors: true, users: true };

/** The ids and calls that can matter to a resource. */
export interface Reach {
  readonly ids: ReadonlySet<string>;
  readonly calls: ReadonlySet<Call>;
}

export function reachOf(resourceId: string, { initial, calls }: Past, options: Follow = WHOLE): Reach {
  const follow = { ...options, sensors: options.sensors && !resourceId.startsWith('tms-') };
  const ids = new Set([resourceId]);
  const taken = new Set<Call>();
  let size = -1;
  while (size !== ids.size + taken.size) {
    size = ids.size + taken.size;
    for (const id of REFERENCES.flatMap((references) => references(initial, ids, follow))) ids.add(id);
    for (const call of calls) {
      if (taken.has(call) || isUnseen(call, resourceId) || !aboutOf(call).some((id) => ids.has(id))) continue;
      taken.add(call);
      for (const id of namedBy(call, { initial, calls }, follow)) ids.add(id);
    }
  }
  return { ids, calls: taken };
}

/**
 * Calls on what no rule looks at: what a group lets out, what an ACL lets out (the policy only warns of it), and the tags of other
 * instances.
 */
function isUnseen(call: Call, resourceId: string): boolean {
  switch (call.eventName) {
    case 'AuthorizeSecurityGroupEgress':
    case 'RevokeSecurityGroupEgress':
      return true;
    case 'CreateNetworkAclEntry':
    case 'ReplaceNetworkAclEntry':
    case 'DeleteNetworkAclEntry':
      return call.params.egress;
    case 'CreateTags':
    case 'DeleteTags':
      return resourceId.startsWith('i-') && !call.params.resourceIds.includes(resourceId);
    default:
      return false;
  }
}

type References = (account: Account, ids: ReadonlySet<string>, follow: Follow) => readonly string[];

interface Follow {
  /** Whether to go on from a target to the sensor behind it. */
  readonly sensors: boolean;
  /** Whether to go on from a call that deletes a target or a filter to the sessions that use it, without which it would succeed. */
  readonly users: boolean;
}

/** From the things of one table that are in the part, or owned by something in it, to what they refer to. */
const REFERENCES: readonly References[] = [
  ({ interfaces }, ids) =>
    Object.values(interfaces)
      .filter(({ id, attachment }) => ids.has(id) || (attachment !== null && ids.has(attachment.instanceId)))
      .flatMap(({ id, subnetId, groupIds, attachment }) => [
        ...[id, subnetId, ...groupIds],
        ...(attachment === null ? [] : [attachment.id, attachment.instanceId]),
      ]),
  ({ sessions }, ids) =>
    Object.values(sessions)
      .filter(({ id, interfaceId }) => ids.has(id) || ids.has(interfaceId))
      .flatMap(({ id, interfaceId, targetId, filterId }) => [id, interfaceId, targetId, filterId]),
  ({ targets }, ids, { sensors }) =>
    Object.values(targets)
      .filter(({ id, interfaceId }) => ids.has(id) || ids.has(interfaceId))
      .flatMap(({ id, interfaceId }) => (sensors ? [id, interfaceId] : [id])),
  ({ subnets, routeTables }, ids, { sensors }) =>
    Object.values(subnets)
      .filter(({ id }) => ids.has(id))
      .flatMap(({ vpcId, tableId, tableAssociationId, aclId, aclAssociationId }) => [
        ...(tableId === null ? [] : [tableId]),
        ...(tableAssociationId === null ? [] : [tableAssociationId]),
        ...Object.values(routeTables)
          .filter((table) => table.vpcId === vpcId && table.mainAssociationId !== null)
          .map(({ id }) => id),
        // An ACL is asked only about copies that come in to a target.
        ...(sensors && [...ids].some((id) => id.startsWith('tmt-')) ? [aclId, aclAssociationId] : []),
      ]),
  ({ routeTables }, ids) =>
    Object.values(routeTables).flatMap(({ id, mainAssociationId }) =>
      ids.has(id) && mainAssociationId !== null ? [mainAssociationId] : [],
    ),
  ({ groupRules }, ids) => Object.values(groupRules).flatMap(({ id, groupId }) => (ids.has(groupId) ? [id] : [])),
  ({ filterRules }, ids) => Object.values(filterRules).flatMap(({ id, filterId }) => (ids.has(filterId) ? [id] : [])),
];

/**
 * What a call about the part brings into it. Calls on tags and states do the same to each resource they name, so the others stay
 * out. A target or filter can be deleted only when no session uses it, so such a call brings in every session that does.
 */
function namedBy(call: Call, { initial, calls }: Past, { users }: Follow): readonly string[] {
  switch (call.eventName) {
    case 'CreateTags':
    case 'DeleteTags':
    case 'StartInstances':
    case 'StopInstances':
    case 'TerminateInstances':
      return [];
    case 'DeleteTrafficMirrorTarget':
      return users ? usersOf(call.params.targetId, initial, calls) : [call.params.targetId];
    case 'DeleteTrafficMirrorFilter':
      return users ? usersOf(call.params.filterId, initial, calls) : [call.params.filterId];
    default:
      return idsIn(call.params);
  }
}

function usersOf(id: string, { sessions }: Account, calls: readonly Call[]): readonly string[] {
  const existing = Object.values(sessions).filter(({ targetId, filterId }) => targetId === id || filterId === id);
  const named = calls
    .filter(({ eventName }) => /(?:Create|Modify)TrafficMirrorSession/.test(eventName))
    .flatMap(({ params }) => (idsIn(params).includes(id) ? idsIn(params) : []));
  return [id, ...existing.map((session) => session.id), ...named];
}

function idsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^[a-z]+(?:-[a-z]+)?-\w+$/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(idsIn) : [];
}

/** The entities in the part: those in it by their own id, and the entries and routes of its ACLs and tables. */
function only(account: Account, ids: ReadonlySet<string>): Account {
  let part = account;
  for (const table of TABLE_NAMES) {
    const entries = Object.entries<object>(account[table]);
    const kept = entries.filter(([key]) => isReached(table, key, ids));
    if (kept.length < entries.length) part = { ...part, [table]: Object.fromEntries(kept) };
  }
  return part;
}

/** Whether what a table has under a key is in the part with these ids. */
export function isReached(table: TableName, key: string, ids: ReadonlySet<string>): boolean {
  if (table === 'aclEntries' || table === 'routes') return ids.has(key.slice(0, key.indexOf('/')));
  return table === 'peerings' || ids.has(key);
}
