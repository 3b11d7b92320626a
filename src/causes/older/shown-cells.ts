/** The cells that a look at an account shows. */

import type { Instance, InstanceState } from '../../inventory/instance.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { TrafficMirrorFilter, TrafficMirrorFilterRule } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { Tag } from '../../sighting/tags.ts';
import { type AccountCells, destinationOf, permissionsOf } from '../account-cells.ts';
import {
  type Cell,
  type CellKind,
  type CellValue,
  type CellValues,
  cellOf,
  entryPart,
  permissionPart,
} from '../cells.ts';
import { keysOn } from '../effects/tags.ts';

/** A cell with the value that a look shows. */
export interface ShownCell {
  readonly cell: Cell;
  readonly value: CellValue;
}

/** What a cell is a part of, and its kind. */
export type CellName = Pick<Cell, 'kind' | 'id'>;

/** What a look shows, by cell key. States are left out: an instance that stops itself leaves no record. */
export type ShownCells = ReadonlyMap<string, ShownCell>;

/**
 * The cells of everything in an account that is there. Parts that are cells of their own (attachments, the tags of `tagKeys`, the rules of a
 * filter) are taken out of the things that they are in: their cells say what they are.
 */
export function shownCells(account: AccountCells, tagKeys: readonly string[]): ShownCells {
  const shown = new Map<string, ShownCell>();
  const add = <K extends CellKind>(kind: K, id: string, part: string, value: CellValues[K]): void => {
    const cell = cellOf(kind, id, part);
    shown.set(cell.key, { cell, value });
  };
  const addTags = (id: string, tags: readonly Tag[]): void => {
    for (const key of keysOn(id, tagKeys)) add('tag', id, key, tags.find((tag) => tag.key === key)?.value ?? null);
  };
  const without = (tags: readonly Tag[]): readonly Tag[] => tags.filter(({ key }) => !tagKeys.includes(key));
  for (const instance of account.instances.values()) {
    const { instanceId: id, instanceType, tags } = instance;
    if (isOver(instance)) continue;
    add('instance', id, '', { ...instance, tags: without(tags) });
    if (instanceType !== undefined) add('type', id, '', instanceType);
    addTags(id, tags);
  }
  for (const networkInterface of account.networkInterfaces.values()) {
    const { networkInterfaceId: id, groupIds, attachment, tags } = networkInterface;
    add('interface', id, '', { ...networkInterface, attachment: undefined, status: undefined, tags: without(tags) });
    add('groups', id, '', groupIds);
    add('attachment', id, '', attachment ?? null);
    addTags(id, tags);
  }
  for (const session of account.sessions.values()) {
    add('session', session.trafficMirrorSessionId, '', { ...session, tags: without(session.tags) });
    addTags(session.trafficMirrorSessionId, session.tags);
  }
  for (const target of account.targets.values()) add('target', target.trafficMirrorTargetId, '', target);
  for (const filter of account.filters.values()) addFilter(filter, add);
  addNetwork(account, add);
  return shown;
}

type Add = <K extends CellKind>(kind: K, id: string, part: string, value: CellValues[K]) => void;

const OVER: ReadonlySet<InstanceState | undefined> = new Set(['shutting-down', 'terminated']);

/** True for an instance that is terminated: EC2 lists it for a while, and then no longer. */
function isOver({ state }: Instance): boolean {
  return OVER.has(state);
}

function addFilter(filter: TrafficMirrorFilter, add: Add): void {
  const { trafficMirrorFilterId: id, ingressFilterRules, egressFilterRules } = filter;
  const unnamed = (rules: readonly TrafficMirrorFilterRule[]): readonly TrafficMirrorFilterRule[] =>
    rules.filter(({ trafficMirrorFilterRuleId }) => trafficMirrorFilterRuleId === undefined);
  add('filter', id, '', {
    ...filter,
    ingressFilterRules: unnamed(ingressFilterRules),
    egressFilterRules: unnamed(egressFilterRules),
  });
  for (const rule of ingressFilterRules)
    if (rule.trafficMirrorFilterRuleId !== undefined)
      add('filterRule', id, rule.trafficMirrorFilterRuleId, { direction: 'ingress', rule });
  for (const rule of egressFilterRules)
    if (rule.trafficMirrorFilterRuleId !== undefined)
      add('filterRule', id, rule.trafficMirrorFilterRuleId, { direction: 'egress', rule });
}

function addNetwork(account: AccountCells, add: Add): void {
  for (const group of account.securityGroups.values())
    for (const permission of permissionsOf(group))
      add('permission', group.groupId, permissionPart(permission), permission);
  for (const { networkAclId, entries } of account.networkAcls.values())
    for (const entry of entries) add('entry', networkAclId, entryPart(entry), entry);
  for (const { routeTableId, routes } of account.routeTables.values())
    for (const route of routes) add('route', routeTableId, destinationOf(route), route);
  for (const [subnetId, networkAclId] of account.aclOf) add('acl', subnetId, '', networkAclId);
  for (const [subnetId, routeTableId] of account.tableOf) add('table', subnetId, '', routeTableId);
}

/** The list that a kind of cell is in. */
const LIST_OF = {
  instance: 'instances',
  state: 'instances',
  type: 'instances',
  interface: 'networkInterfaces',
  groups: 'networkInterfaces',
  attachment: 'networkInterfaces',
  permission: 'securityGroups',
  entry: 'networkAcls',
  acl: 'networkAcls',
  route: 'routeTables',
  table: 'routeTables',
  session: 'trafficMirrorSessions',
  target: 'trafficMirrorTargets',
  filter: 'trafficMirrorFilters',
  filterRule: 'trafficMirrorFilters',
} as const satisfies Readonly<Record<Exclude<CellKind, 'tag'>, keyof Inventory>>;

/** True if the list that would show the cell is complete, so that what it doesn't show was not there. */
export function isListComplete({ kind, id }: CellName, { inventory }: AccountCells): boolean {
  const list = kind === 'tag' ? listOfTagged(id) : LIST_OF[kind];
  const isPart = (list === 'instances' || list === 'networkInterfaces') && inventory.partial !== undefined;
  return inventory[list] !== undefined && inventory.incomplete?.[list] === undefined && !isPart;
}

function listOfTagged(id: string): 'instances' | 'networkInterfaces' | 'trafficMirrorSessions' {
  if (id.startsWith('eni-')) return 'networkInterfaces';
  return id.startsWith('tms-') ? 'trafficMirrorSessions' : 'instances';
}

/** Kinds of cells that say whether a thing exists. All others are parts of one. */
export const EXISTENCE: ReadonlySet<CellKind> = new Set(['instance', 'interface', 'session', 'target', 'filter']);

/** True if the account shows the resource that a cell is a part of. */
export function isResourceShown({ kind, id }: CellName, account: AccountCells): boolean {
  switch (kind) {
    case 'tag':
      return account.instances.has(id) || account.networkInterfaces.has(id) || account.sessions.has(id);
    case 'instance':
    case 'state':
    case 'type':
      return account.instances.has(id);
    case 'interface':
    case 'groups':
    case 'attachment':
      return account.networkInterfaces.has(id);
    case 'permission':
      return account.securityGroups.has(id);
    case 'entry':
      return account.networkAcls.has(id);
    case 'route':
      return account.routeTables.has(id);
    case 'acl':
    case 'table':
      return account.subnets.has(id);
    case 'session':
      return account.sessions.has(id);
    case 'target':
      return account.targets.has(id);
    case 'filter':
    case 'filterRule':
      return account.filters.has(id);
  }
}

/** False for an interface that is on an instance by an attachment whose id the look doesn't show: its end could not be told from others. */
export function isAttachmentNamed({ attachment }: NetworkInterface): boolean {
  return attachment?.instanceId === undefined || attachment.attachmentId !== undefined;
}
