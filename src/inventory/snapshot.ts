/** The snapshot file: accounts as the AWS CLI describes them, read into inventories and written from them. */

import { messageOf, PipelineError, type Problem } from '../errors.ts';
import type { Instance } from './instance.ts';
import type { Inventory } from './inventory.ts';
import {
  listenerShape,
  loadBalancerShape,
  trafficMirrorFilterShape,
  trafficMirrorSessionShape,
  trafficMirrorTargetShape,
  vpcEndpointShape,
} from './mirror-shapes.ts';
import type { NetworkInterface } from './network-interface.ts';
import {
  instanceShape,
  networkAclShape,
  networkInterfaceShape,
  prefixListShape,
  routeTableShape,
  securityGroupShape,
  subnetShape,
  transitGatewayVpcAttachmentShape,
  vpcPeeringConnectionShape,
} from './network-shapes.ts';
import { type AwsObject, asObject, id, type Shape } from './shape.ts';

export const SNAPSHOT_SCHEMA = 'mirrorwatch.account/1';

/** The lists of an inventory by their names there. */
export type ListName = Exclude<keyof Inventory, 'accountId' | 'region' | 'partial' | 'unread' | 'incomplete'>;
type ItemOf<K extends ListName> = NonNullable<Inventory[K]>[number];

interface ListForm<T> {
  /** The list's name in AWS's answers. */
  readonly key: string;
  readonly shape: Shape<T>;
  /**
   * What one item that cannot be read does to its list. `keep`: the others stand, whatever refers to it finds nothing there.
   * `drop`: absence from this list is itself an answer (no session, no route, no such target), so that it is unread as a whole.
   */
  readonly onUnreadable: 'keep' | 'drop';
}

/** How each list is read and written; instances lie one level deeper, in reservations. */
const LISTS = {
  networkInterfaces: { key: 'NetworkInterfaces', shape: networkInterfaceShape, onUnreadable: 'keep' },
  securityGroups: { key: 'SecurityGroups', shape: securityGroupShape, onUnreadable: 'keep' },
  networkAcls: { key: 'NetworkAcls', shape: networkAclShape, onUnreadable: 'keep' },
  subnets: { key: 'Subnets', shape: subnetShape, onUnreadable: 'keep' },
  routeTables: { key: 'RouteTables', shape: routeTableShape, onUnreadable: 'drop' },
  vpcPeeringConnections: { key: 'VpcPeeringConnections', shape: vpcPeeringConnectionShape, onUnreadable: 'drop' },
  transitGatewayVpcAttachments: {
    key: 'TransitGatewayVpcAttachments',
    shape: transitGatewayVpcAttachmentShape,
    onUnreadable: 'drop',
  },
  prefixLists: { key: 'PrefixLists', shape: prefixListShape, onUnreadable: 'keep' },
  trafficMirrorTargets: { key: 'TrafficMirrorTargets', shape: trafficMirrorTargetShape, onUnreadable: 'drop' },
  trafficMirrorFilters: { key: 'TrafficMirrorFilters', shape: trafficMirrorFilterShape, onUnreadable: 'drop' },
  trafficMirrorSessions: { key: 'TrafficMirrorSessions', shape: trafficMirrorSessionShape, onUnreadable: 'drop' },
  loadBalancers: { key: 'LoadBalancers', shape: loadBalancerShape, onUnreadable: 'drop' },
  listeners: { key: 'Listeners', shape: listenerShape, onUnreadable: 'drop' },
  vpcEndpoints: { key: 'VpcEndpoints', shape: vpcEndpointShape, onUnreadable: 'drop' },
} satisfies { readonly [K in Exclude<ListName, 'instances'>]: ListForm<ItemOf<K>> };

const LIST_FORMS: readonly (readonly [string, ListForm<unknown>])[] = Object.entries(LISTS as object);
const KNOWN_KEYS = new Map(
  ['Reservations', ...LIST_FORMS.map(([, { key }]) => key), 'accountId', 'region'].map((key) => [
    key.toLowerCase(),
    key,
  ]),
);

export interface Snapshot {
  readonly inventories: readonly Inventory[];
  /** Every item that could not be read, with its JSON path (`regions[0].NetworkInterfaces[3].SubnetId`). */
  readonly problems: readonly Problem[];
}

/**
 * The inventories of a snapshot. What cannot be read is a problem with its JSON path and the rest is kept: a list that is
 * absent or `null` is unknown (undefined), and one that lost an item is `incomplete`, or `unread` where a missing item would
 * change an answer. Throws PipelineError `snapshot-invalid` when `json` is no snapshot at all; `source` names it.
 */
export function parseSnapshot(json: unknown, source: string): Snapshot {
  const regions = regionsOf(json, source);
  const problems: Problem[] = [];
  const inventories: Inventory[] = [];
  for (const [index, region] of regions.entries()) {
    const inventory = orProblem(problems, () => parseRegion(region, `regions[${index}]`, problems));
    if (inventory === undefined) continue;
    if (inventories.some((other) => other.accountId === inventory.accountId && other.region === inventory.region)) {
      const message = `${inventory.accountId} ${inventory.region} is described twice; the first description is used`;
      problems.push({ path: `regions[${index}]`, message });
    } else inventories.push(inventory);
  }
  return { inventories, problems };
}

/**
 * The regions of a snapshot document as they lie there, unread. Throws PipelineError `snapshot-invalid` when `json` is no
 * snapshot of this schema.
 */
export function regionsOf(json: unknown, source: string): readonly unknown[] {
  const document = typeof json === 'object' && json !== null ? (json as AwsObject) : {};
  if (document.schema !== SNAPSHOT_SCHEMA || !Array.isArray(document.regions)) {
    const expected = `an object with "schema": "${SNAPSHOT_SCHEMA}" and a list "regions"`;
    throw new PipelineError('snapshot-invalid', `${source} is no account snapshot: expected ${expected}`, {
      path: source,
    });
  }
  return document.regions;
}

/** The instances of one reservation, with its id and requester. Throws PipelineError `snapshot-invalid` naming the path. */
export function readReservation(value: unknown, path: string): readonly Instance[] {
  const problems: Problem[] = [];
  const instances = readInstances(asObject(value, path), path, problems);
  const first = problems[0];
  if (first !== undefined) throw new PipelineError('snapshot-invalid', `${first.path}: ${first.message}`, { ...first });
  return instances;
}

/** The inverse of `parseSnapshot`: a document for JSON.stringify, in the order of the inventories. */
export function toSnapshot(inventories: readonly Inventory[]): {
  readonly schema: string;
  readonly regions: readonly unknown[];
} {
  return { schema: SNAPSHOT_SCHEMA, regions: inventories.map(toRegion) };
}

/** Runs `read`; a value that cannot be read becomes a problem and undefined. */
function orProblem<T>(problems: Problem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'snapshot-invalid') throw error;
    const path = error.concerns.path ?? '';
    problems.push({ path, message: messageOf(error).replace(`${path}: `, '') });
    return undefined;
  }
}

function parseRegion(value: unknown, path: string, problems: Problem[]): Inventory {
  const region = asObject(value, path);
  const lists: Record<string, unknown> = {};
  const unread: Record<string, string> = { ...reasonsAt(region, 'unread', path) };
  const incomplete: Record<string, string> = { ...reasonsAt(region, 'incomplete', path) };

  const readList = (name: string, form: Pick<ListForm<unknown>, 'key' | 'onUnreadable'>, read: ItemReader): void => {
    const held = region[form.key];
    if (held === undefined || held === null) return;
    const found: Problem[] = [];
    const items = Array.isArray(held)
      ? held.flatMap((item, index) => read(item, `${path}.${form.key}[${index}]`, found))
      : undefined;
    if (items === undefined) found.push({ path: `${path}.${form.key}`, message: 'expected a list' });
    problems.push(...found);
    const reason = found[0] && `${found.length} of it could not be read, first ${found[0].path}: ${found[0].message}`;
    if (reason !== undefined && (items === undefined || form.onUnreadable === 'drop')) unread[name] = reason;
    else {
      lists[name] = items;
      if (reason !== undefined) incomplete[name] = reason;
    }
  };

  readList('instances', { key: 'Reservations', onUnreadable: 'keep' }, (item, at, found) => {
    const reservation = orProblem(found, () => asObject(item, at));
    return reservation === undefined ? [] : readInstances(reservation, at, found);
  });
  for (const [name, form] of LIST_FORMS) {
    readList(name, form, (item, at, found) => {
      const read = orProblem(found, () => form.shape.read(item, at));
      return read === undefined ? [] : [read];
    });
  }
  problems.push(...misspelled(region, path));
  return {
    accountId: id.read(region.accountId, `${path}.accountId`),
    region: id.read(region.region, `${path}.region`),
    ...withAttachments(lists as Pick<Inventory, ListName>),
    ...(Object.keys(unread).length > 0 && { unread }),
    ...(Object.keys(incomplete).length > 0 && { incomplete }),
  };
}

type ItemReader = (item: unknown, path: string, problems: Problem[]) => readonly unknown[];

function readInstances(reservation: AwsObject, path: string, problems: Problem[]): readonly Instance[] {
  const { ReservationId, RequesterId, Instances } = reservation;
  if (!Array.isArray(Instances)) {
    problems.push({ path: `${path}.Instances`, message: 'expected a list' });
    return [];
  }
  return Instances.flatMap((item: unknown, index) => {
    const at = `${path}.Instances[${index}]`;
    const instance = orProblem(problems, () =>
      // What the reservation says of all its instances; an instance of our own making may say it itself.
      instanceShape.read({ ReservationId, RequesterId, ...asObject(item, at) }, at),
    );
    return instance === undefined ? [] : [instance];
  });
}

/** Instances put together by hand often lack their interfaces, which name the instance themselves. */
function withAttachments(lists: Pick<Inventory, ListName>): Pick<Inventory, ListName> {
  const { instances, networkInterfaces } = lists;
  if (instances === undefined || networkInterfaces === undefined) return lists;
  const attached = new Map<string, NetworkInterface[]>();
  for (const each of networkInterfaces) {
    const instanceId = each.attachment?.instanceId;
    if (instanceId !== undefined) attached.set(instanceId, [...(attached.get(instanceId) ?? []), each]);
  }
  const complete = instances.map((instance) => {
    const own = attached.get(instance.instanceId);
    if (own === undefined || instance.networkInterfaceIds.length > 0) return instance;
    const ordered = own.toSorted((a, b) => devicePlace(a) - devicePlace(b));
    return { ...instance, networkInterfaceIds: ordered.map(({ networkInterfaceId }) => networkInterfaceId) };
  });
  return { ...lists, instances: complete };
}

function devicePlace({ attachment }: NetworkInterface): number {
  return (attachment?.networkCardIndex ?? 0) * 1000 + (attachment?.deviceIndex ?? 0);
}

/** `networkinterfaces` for `NetworkInterfaces` would silently be an absent list; other unknown keys are someone's own. */
function misspelled(region: AwsObject, path: string): readonly Problem[] {
  return Object.keys(region).flatMap((key) => {
    const known = KNOWN_KEYS.get(key.toLowerCase());
    if (known === undefined || known === key) return [];
    return [{ path: `${path}.${key}`, message: `is not read: the key is written ${known}` }];
  });
}

function reasonsAt(region: AwsObject, key: string, path: string): Readonly<Record<string, string>> {
  const held = region[key];
  if (held === undefined || held === null) return {};
  return Object.fromEntries(Object.entries(asObject(held, `${path}.${key}`)).map(([name, why]) => [name, String(why)]));
}

function toRegion(inventory: Inventory): Record<string, unknown> {
  const { accountId, region, instances, partial, unread } = inventory;
  const into: Record<string, unknown> = { accountId, region };
  if (instances !== undefined) into.Reservations = toReservations(instances);
  const lists = inventory as unknown as Readonly<Record<string, readonly unknown[] | undefined>>;
  for (const [name, { key, shape }] of LIST_FORMS) {
    const items = lists[name];
    if (items !== undefined) into[key] = items.map((item) => shape.write(item));
  }
  const asked = 'only what was asked for is in it';
  const incomplete = {
    ...(partial !== undefined && { instances: asked, networkInterfaces: asked }),
    ...inventory.incomplete,
  };
  if (unread !== undefined) into.unread = unread;
  if (Object.keys(incomplete).length > 0) into.incomplete = incomplete;
  return into;
}

/** Neighbours of one reservation share it, as in AWS's own answers; the order of the instances is kept. */
function toReservations(instances: readonly Instance[]): readonly unknown[] {
  const reservations: { ReservationId?: string; RequesterId?: string; Instances: unknown[] }[] = [];
  for (const { reservationId, requesterId, ...instance } of instances) {
    const last = reservations.at(-1);
    const written = instanceShape.write(instance);
    if (last !== undefined && last.ReservationId === reservationId && last.RequesterId === requesterId) {
      last.Instances.push(written);
    } else {
      reservations.push({
        ...(reservationId !== undefined && { ReservationId: reservationId }),
        ...(requesterId !== undefined && { RequesterId: requesterId }),
        Instances: [written],
      });
    }
  }
  return reservations;
}
